package iam

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

// Cost of a password check: argon2id with 19 MiB, two passes and one lane (OWASP Password Storage Cheat Sheet), and how many run
// and wait at once.
const (
	hashMemory    = 19 * 1024 // KiB
	hashPasses    = 2
	hashLanes     = 1
	hashBytes     = 32
	saltBytes     = 16
	hashesAtOnce  = 2
	hashesWaiting = 32
)

// Length of a password: characters, and bytes so that hashing stays cheap.
const (
	MinPassword      = 10
	MaxPassword      = 128
	maxPasswordBytes = 512
)

// hasher hashes and checks passwords, a bounded number at once.
type hasher struct {
	memory  uint32 // KiB, of new hashes
	slots   chan struct{}
	waiting atomic.Int32
	dummy   string // what the password of an unknown mail is checked against
}

// prepare makes the hash that no password fits, once, so that an unknown mail costs what a known one does.
func (h *hasher) prepare(random io.Reader, memory uint32) error {
	h.memory, h.slots = memory, make(chan struct{}, hashesAtOnce)
	var b [saltBytes + hashBytes]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return errs.Fault("iam.New", err)
	}
	h.dummy = storedHash{memory, b[:saltBytes], b[saltBytes:]}.String()
	return nil
}

// enter waits for a slot. errs.Busy when too many wait already.
func (h *hasher) enter(ctx context.Context) error {
	if h.waiting.Add(1) > hashesWaiting+hashesAtOnce {
		h.waiting.Add(-1)
		return errs.New(errs.Busy, "", "Too many people sign in at this moment; try again in a few seconds.")
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		h.waiting.Add(-1)
		return errs.New(errs.Canceled, "", "").Because(ctx.Err())
	}
}

func (h *hasher) leave() {
	<-h.slots
	h.waiting.Add(-1)
}

func (h *hasher) derive(ctx context.Context, password string, salt []byte, memory uint32) ([]byte, error) {
	if err := h.enter(ctx); err != nil {
		return nil, err
	}
	defer h.leave()
	return argon2.IDKey([]byte(password), salt, hashPasses, memory, hashLanes, hashBytes), nil
}

// hash makes the stored form of a password.
func (h *hasher) hash(ctx context.Context, random io.Reader, password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(random, salt); err != nil {
		return "", errs.Fault("iam.hash", err)
	}
	sum, err := h.derive(ctx, password, salt, h.memory)
	if err != nil {
		return "", err
	}
	return storedHash{h.memory, salt, sum}.String(), nil
}

// check reports whether password fits the stored form; "" fits nothing and costs the same.
func (h *hasher) check(ctx context.Context, stored, password string) (bool, error) {
	known := stored != ""
	if !known {
		stored = h.dummy
	}
	want, err := parseHash(stored)
	if err != nil {
		return false, err
	}
	if len(password) > maxPasswordBytes {
		password, known = password[:maxPasswordBytes], false
	}
	sum, err := h.derive(ctx, password, want.salt, want.memory)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(sum, want.sum) == 1 && known, nil
}

// storedHash is a password's hash with what made it.
type storedHash struct {
	memory    uint32 // KiB
	salt, sum []byte
}

// String gives the PHC string format.
func (h storedHash) String() string {
	e := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, hashPasses, hashLanes, e.EncodeToString(h.salt), e.EncodeToString(h.sum))
}

func parseHash(stored string) (h storedHash, err error) {
	var version, passes, lanes int
	parts := strings.Split(stored, "$")
	if len(parts) == 6 && parts[0] == "" && parts[1] == "argon2id" {
		_, err1 := fmt.Sscanf(parts[2], "v=%d", &version)
		_, err2 := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &passes, &lanes)
		var err3, err4 error
		h.salt, err3 = base64.RawStdEncoding.DecodeString(parts[4])
		h.sum, err4 = base64.RawStdEncoding.DecodeString(parts[5])
		err = errors.Join(err1, err2, err3, err4)
		if err == nil && version == argon2.Version && passes == hashPasses && lanes == hashLanes && h.memory <= 1<<20 &&
			len(h.salt) == saltBytes && len(h.sum) == hashBytes {
			return h, nil
		}
	}
	return storedHash{}, errs.New(errs.Corrupt, "", "A stored password can't be checked; reset it.").Because(err)
}

// commonPasswords are those of ten and more characters that lists of stolen passwords begin with, in lower case and without what
// people append to satisfy a rule.
var commonPasswords = map[string]bool{
	"1234567890": true, "12345678910": true, "0123456789": true, "9876543210": true, "0987654321": true, "123456789": true, "1111111111": true,
	"0000000000": true, "1q2w3e4r5t": true, "1q2w3e4r5t6y": true, "q1w2e3r4t5": true, "1qaz2wsx3edc": true, "zaq12wsxcde": true, "qwertyuiop": true,
	"qwertzuiop": true, "qwerty": true, "qwerty12345": true, "qwerty123456": true, "asdfghjkl": true, "zxcvbnm": true, "asdfghjklqwertyuiop": true,
	"password": true, "passwort": true, "passw0rd": true, "p@ssword": true, "p@ssw0rd": true, "passwordpassword": true, "mypassword": true,
	"letmein": true, "welcome": true, "changeme": true, "administrator": true, "iloveyou": true, "sunshine": true, "princess": true,
	"football": true, "baseball": true, "basketball": true, "superman": true, "liverpool": true, "manchester": true, "christopher": true,
	"alexander": true, "elizabeth": true, "michelle": true, "hallo123": true, "schalke04": true, "minioadmin": true, "rootroot": true,
	"abcdefghij": true, "abcdefghijkl": true, "abcd1234": true, "abcd12345": true, "a1b2c3d4e5": true, "aaaaaaaaaa": true, "correcthorsebatterystaple": true,
	"administrator1": true, "computer": true, "internet": true, "secret": true, "topsecret": true, "default": true, "testtest": true,
	"testing": true, "whatever": true, "trustno1": true, "starwars": true, "dragon": true, "monkey": true, "shadow": true, "master": true,
}

// checkPassword holds the rules for new passwords: length, and nothing that is guessed first. There are no rules about kinds of
// characters: they make passwords worse (NIST SP 800-63B).
func checkPassword(password string, mail ident.Email) error {
	weak := func(why string) error { return errs.New(errs.Invalid, WeakWord, why) }
	n := utf8.RuneCountInString(password)
	if n < MinPassword || n > MaxPassword || len(password) > maxPasswordBytes {
		return weak("A password has 10 to 128 characters.")
	}
	if !utf8.ValidString(password) || strings.ContainsFunc(password, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		return weak("A password has no control characters.")
	}
	lower := strings.ToLower(password)
	bare := strings.TrimRight(lower, "0123456789!?.,;:-_#*+$%&/=@ ")
	local, _, _ := strings.Cut(string(mail), "@")
	switch {
	case commonPasswords[lower] || commonPasswords[bare]:
		return weak("This password is among the first that attackers try; choose another.")
	case oneCharacter(lower):
		return weak("A password of one repeated character is guessed at once; choose another.")
	case mail != "" && (lower == string(mail) || bare == local):
		return weak("The password must not be the mail address.")
	}
	return nil
}

func oneCharacter(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return strings.Trim(s, string(first)) == ""
}

// newPassword makes a password of four groups of five characters that can't be mistaken for one another: 100 bits.
func newPassword(random io.Reader) (string, error) {
	const letters = "abcdefghijkmnpqrstuvwxyz23456789" // 32: five bits choose one evenly
	var b [20]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", errs.Fault("iam.newPassword", err)
	}
	var p strings.Builder
	for i, c := range b {
		if i > 0 && i%5 == 0 {
			p.WriteByte('-')
		}
		p.WriteByte(letters[c%32])
	}
	return p.String(), nil
}

package iam

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"coffer/internal/errs"
)

func TestTokens(t *testing.T) {
	w := newWorld(t)
	jwt, tok, err := w.GenerateToken(w.ctx, w.as(w.plain), time.Hour)
	w.must(err)
	a, err := w.TokenActor(w.ctx, jwt, here)
	w.must(err)
	if a.User != w.plain.ID || a.Contract != w.c || a.Session != tokenPrefix+tok.ID || tok.Expires.Sub(tok.Created) != time.Hour {
		t.Errorf("%+v %+v", a, tok)
	}
	parts := strings.Split(jwt, ".")
	head, err := base64.StdEncoding.DecodeString(parts[0]) // padded standard base64, as a client of the vendor's does
	var h map[string]string
	if err != nil || json.Unmarshal(head, &h) != nil || h["kid"] != tok.ID || h["alg"] != "HS256" || h["typ"] != "JWT" {
		t.Errorf("header %s: %v", head, err)
	}
	body, _ := base64.RawURLEncoding.DecodeString(parts[1])
	want := `{"identity":{"uuid":"` + string(w.plain.ID) + `","contractNumber":` + w.c.String() + `,"role":"user","privileges":["ACCESS_S3_OBJECT_STORAGE"]},"iat":`
	if !strings.HasPrefix(string(body), want) {
		t.Errorf("claims %s", body)
	}
	for i := range jwt {
		b := []byte(jwt)
		b[i] = map[bool]byte{true: 'A', false: 'B'}[b[i] != 'A']
		if got, err := w.TokenActor(w.ctx, string(b), here); err == nil && i < len(jwt)-1 {
			t.Fatalf("changed at %d it is %+v", i, got)
		}
	}
	for range tokenBurst {
		_ = errOf(w.TokenActor(w.ctx, "a.b.c", here))
	}
	if _, err := w.TokenActor(w.ctx, jwt, here); err != nil {
		t.Errorf("a right token is refused because of wrong ones from the same address: %v", err)
	}
	w.later(time.Minute)
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"` + tok.ID + `","typ":"JWT"}`))
	for _, bad := range []string{"", "x", "a.b.c", none + "." + parts[1] + ".", none + "." + parts[1] + "." + parts[2], jwt + "." + parts[2], strings.Repeat("a", 5000)} {
		w.want("token "+bad[:min(20, len(bad))], errOf(w.TokenActor(w.ctx, bad, here)), errs.Unauthenticated, "")
	}
	w.later(time.Hour)
	w.want("expired", errOf(w.TokenActor(w.ctx, jwt, here)), errs.Unauthenticated, "")
	for _, ttl := range []time.Duration{time.Second, -1, MaxTokenTTL + time.Second} {
		_, _, err := w.GenerateToken(w.ctx, w.as(w.plain), ttl)
		w.want(ttl.String(), err, errs.Invalid, "")
	}
	_, _, err = w.GenerateToken(w.ctx, operator(), 0)
	if err == nil {
		t.Error("the operator got a user's token")
	}
}

// A token of one user with another's claims, keys or row does not count.
func TestTokensAreTheirUsersAlone(t *testing.T) {
	w := newWorld(t)
	mine, tok, err := w.GenerateToken(w.ctx, w.as(w.plain), 0)
	w.must(err)
	theirs, _, err := w.GenerateToken(w.ctx, w.as(w.owner), 0)
	w.must(err)
	m, o := strings.Split(mine, "."), strings.Split(theirs, ".")
	for _, forged := range []string{m[0] + "." + o[1] + "." + m[2], o[0] + "." + m[1] + "." + m[2], m[0] + "." + m[1] + "." + o[2]} {
		w.want("a mixture", errOf(w.TokenActor(w.ctx, forged, here)), errs.Unauthenticated, "")
	}
	_, err = w.Token(w.ctx, w.as(w.owner), tok.ID)
	w.want("another's token read", err, errs.NotFound, "")
	w.want("another's token deleted", w.DeleteToken(w.ctx, w.as(w.owner), tok.ID), errs.NotFound, "")
	w.must(errOf(w.TokenActor(w.ctx, mine, here)))
}

func TestTokensFollowTheirUser(t *testing.T) {
	w := newWorld(t)
	jwt, _, err := w.GenerateToken(w.ctx, w.as(w.admin), 0)
	w.must(err)
	in := change(w.admin)
	in.Administrator = new(false)
	w.must(errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.admin.ID, in)))
	a, err := w.TokenActor(w.ctx, jwt, here)
	w.must(err)
	_, _, err = w.Users(w.ctx, a, w.c, Page{})
	w.want("a token from before the demotion", err, errs.Denied, "")
	in.Active = new(false)
	w.must(errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.admin.ID, in)))
	w.want("deactivated", errOf(w.TokenActor(w.ctx, jwt, here)), errs.Unauthenticated, "")
	w.must(w.DeleteUser(w.ctx, w.as(w.owner), w.c, w.admin.ID))
	w.want("deleted", errOf(w.TokenActor(w.ctx, jwt, here)), errs.Unauthenticated, "")
	w.consistent()
}

func TestDeletingTokens(t *testing.T) {
	w := newWorld(t)
	me := w.as(w.plain)
	short, _, err := w.GenerateToken(w.ctx, me, time.Minute)
	w.must(err)
	long, tok, err := w.GenerateToken(w.ctx, me, 0)
	w.must(err)
	other, _, err := w.GenerateToken(w.ctx, me, 0)
	w.must(err)
	_, err = w.DeleteTokens(w.ctx, me, CurrentToken)
	w.want("current of Basic", err, errs.Invalid, "")
	_, err = w.DeleteTokens(w.ctx, me, "SOME")
	w.want("an unknown criterion", err, errs.Invalid, "")
	w.later(2 * time.Minute)
	n, err := w.DeleteTokens(w.ctx, me, ExpiredTokens)
	if err != nil || n != 1 {
		t.Errorf("expired: %d %v", n, err)
	}
	w.want("expired", errOf(w.TokenActor(w.ctx, short, here)), errs.Unauthenticated, "")
	w.must(w.DeleteToken(w.ctx, me, tok.ID))
	w.want("deleted", errOf(w.TokenActor(w.ctx, long, here)), errs.Unauthenticated, "")
	a, err := w.TokenActor(w.ctx, other, here)
	w.must(err)
	if n, err := w.DeleteTokens(w.ctx, a, CurrentToken); err != nil || n != 1 {
		t.Errorf("current: %d %v", n, err)
	}
	w.want("current", errOf(w.TokenActor(w.ctx, other, here)), errs.Unauthenticated, "")
	if n, err := w.DeleteTokens(w.ctx, me, AllTokens); err != nil || n != 0 {
		t.Errorf("all: %d %v", n, err)
	}
}

func TestHundredTokens(t *testing.T) {
	w := newWorld(t)
	for range MaxTokens - 2 {
		w.must(third(w.GenerateToken(w.ctx, w.as(w.plain), time.Minute)))
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for range 6 {
		wg.Go(func() {
			err := third(w.GenerateToken(w.ctx, w.as(w.plain), time.Minute))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made++
			} else if !errors.Is(err, errs.Limit) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if made != 2 {
		t.Errorf("%d of 6 were made beside %d", made, MaxTokens-2)
	}
	w.later(time.Minute)
	w.must(third(w.GenerateToken(w.ctx, w.as(w.plain), time.Minute)))
}

func third[A, B any](_ A, _ B, err error) error { return err }

package control

import (
	"crypto/rand"
	"io"
	"math/big"
	"net/http"

	"coffer/internal/api/console"
	"coffer/internal/authz"
	"coffer/internal/iam"
	"coffer/internal/ident"
)

func contractWire(c *iam.Contract) console.OperatorContract {
	return console.OperatorContract{Number: int32(c.ID), Name: c.Name, OwnerId: uuidOf(string(c.Owner)), CreatedDate: stamp(c.Created)}
}

func (s *consoleAPI) OperatorContract(w http.ResponseWriter, r *http.Request, number console.ContractNumber) {
	a := callOf(r).actor
	id, err := operatorContract(a, number)
	var c *iam.Contract
	if err == nil {
		c, err = s.cfg.IAM.Contract(r.Context(), a, id)
	}
	var out console.OperatorContract
	if err == nil {
		out, err = s.contractFacts(r.Context(), a, c, nil)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, out)
}

func operatorContract(a iam.Actor, number int32) (ident.ContractID, error) {
	if err := operatorOnly(a); err != nil {
		return 0, err
	}
	if id := ident.ContractID(number); id.Valid() {
		return id, nil
	}
	return 0, invalid("%d is no contract number; one has eight digits.", number)
}

func (s *consoleAPI) OperatorCreateContract(w http.ResponseWriter, r *http.Request) {
	a := callOf(r).actor
	var in console.NewContract
	err := operatorOnly(a)
	if err == nil {
		err = decode(w, r, &in, refuseUnknown)
	}
	if err == nil && (in.Name == "" || in.Owner.Firstname == "" || in.Owner.Lastname == "" || in.Owner.Email == "") {
		err = invalid("Fields name, owner.firstname, owner.lastname and owner.email are needed.")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	generated := ""
	password := or(in.Owner.Password, "")
	if password == "" {
		if generated, err = newPassword(s.cfg.Rand); err != nil {
			s.fail(w, r, err)
			return
		}
		password = generated
	}
	c, u, err := s.cfg.IAM.CreateContract(r.Context(), a, in.Name, iam.NewUser{
		FirstName: in.Owner.Firstname, LastName: in.Owner.Lastname, Email: in.Owner.Email, Password: password,
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := console.CreatedContract{Contract: contractWire(c)}
	out.Owner.Id, out.Owner.Email = uuidOf(string(u.ID)), string(u.Email)
	if generated != "" {
		out.Password = &generated
	}
	s.write(w, r, http.StatusCreated, out)
}

func (s *consoleAPI) OperatorImportKey(w http.ResponseWriter, r *http.Request, number console.ContractNumber, user console.UserId) {
	a := callOf(r).actor
	id, err := operatorContract(a, number)
	var in console.KeyImport
	if err == nil {
		err = decode(w, r, &in, refuseUnknown)
	}
	var key ident.AccessKey
	if err == nil {
		key, err = ident.ParseAccessKey(in.AccessKey)
	}
	var terms iam.NewKey
	if err == nil {
		terms, err = newKey(in.Description, in.Expires)
	}
	switch v := or(in.Validity, console.AllBuckets); {
	case err != nil || v == console.AllBuckets:
	case v == console.UserOwnedBucketsOnly:
		terms.Validity = authz.UserOwnedOnly
	default:
		err = invalid("Field validity: %.40q is none of all-buckets and user-owned-buckets-only.", v)
	}
	var k *iam.Key
	if err == nil {
		k, err = s.cfg.IAM.ImportKey(r.Context(), a, id, ident.UserID(user.String()), key, in.SecretKey, terms)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusCreated, console.ImportedKey{
		Id: uuidOf(string(k.ID)), AccessKey: string(k.AccessKey), UserId: uuidOf(string(k.User)), Description: k.Description, Active: k.Active,
	})
}

func (s *consoleAPI) OperatorResetPassword(w http.ResponseWriter, r *http.Request) {
	a := callOf(r).actor
	var in console.PasswordReset
	err := operatorOnly(a)
	if err == nil {
		err = decode(w, r, &in, refuseUnknown)
	}
	var mail ident.Email
	if err == nil {
		mail, err = ident.ParseEmail(in.Email)
	}
	generated := ""
	if err == nil {
		generated, err = s.cfg.IAM.ResetPassword(r.Context(), a, mail, or(in.Password, ""))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := console.PasswordResetResult{}
	if or(in.Password, "") == "" {
		out.Password = &generated
	}
	s.write(w, r, http.StatusOK, out)
}

// passwordAlphabet leaves out what is mixed up when read aloud or retyped.
const (
	passwordAlphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	passwordLength   = 20 // characters, about 116 bits
)

func newPassword(random io.Reader) (string, error) {
	out := make([]byte, passwordLength)
	n := big.NewInt(int64(len(passwordAlphabet)))
	for i := range out {
		at, err := rand.Int(random, n)
		if err != nil {
			return "", err
		}
		out[i] = passwordAlphabet[at.Int64()]
	}
	return string(out), nil
}

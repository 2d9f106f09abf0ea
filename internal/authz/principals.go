package authz

import (
	"strings"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

// principals is whom a statement names.
type principals struct {
	not       bool // NotPrincipal: everybody else
	everybody bool
	users     map[userRef]bool
	canonical map[ident.CanonicalID]bool
	contracts map[ident.ContractID]bool
	services  map[string]bool // programs of the cloud
}

type userRef struct {
	contract ident.ContractID
	user     ident.UserID
}

var errPrincipal = malformed("Invalid principal in policy")

// parsePrincipals reads the forms of the fact sheet, section 5.4: "*", {"AWS": ...}, {"CanonicalUser": ...}, and bare strings or
// arrays of what {"AWS": ...} takes.
func parsePrincipals(n *node, not bool) (*principals, error) {
	p := &principals{not: not, users: map[userRef]bool{}, canonical: map[ident.CanonicalID]bool{}, contracts: map[ident.ContractID]bool{}, services: map[string]bool{}}
	if n.kind != '{' {
		return p, p.addAll(n, addAWS)
	}
	if len(n.fields) == 0 {
		return p, errPrincipal
	}
	for _, f := range n.fields {
		var err error
		switch f.name {
		case "AWS":
			err = p.addAll(f.value, addAWS)
		case "CanonicalUser":
			err = p.addAll(f.value, addCanonical)
		case "Service":
			err = p.addAll(f.value, addService)
		default:
			err = errPrincipal.On(errs.Subject(short(f.name)))
		}
		if err != nil {
			return p, err
		}
	}
	return p, nil
}

func (p *principals) addAll(n *node, add func(*principals, string) bool) error {
	all, ok := n.strings(false)
	if !ok || len(all) == 0 {
		return errPrincipal
	}
	for _, s := range all {
		if !add(p, s) {
			return errPrincipal.On(errs.Subject(short(s)))
		}
	}
	return nil
}

func addCanonical(p *principals, s string) bool {
	id, err := ident.ParseCanonicalID(s)
	p.canonical[id] = err == nil
	return err == nil
}

func addService(p *principals, s string) bool {
	p.services[s] = true
	return len(s) < 200 && strings.HasSuffix(s, ".amazonaws.com") && !strings.ContainsAny(s, "*? ")
}

// addAWS takes "*", a contract number, a contract user id, a canonical id, and ARNs of a user or of a whole contract.
func addAWS(p *principals, s string) bool {
	if s == "*" {
		p.everybody = true
		return true
	}
	rest, arn := strings.CutPrefix(s, "arn:aws:iam::")
	if !arn {
		return p.addID(s)
	}
	account, resource, ok := strings.Cut(rest, ":")
	if !ok {
		return false
	}
	if account == "" {
		id, ok := strings.CutPrefix(resource, "user/")
		return ok && p.addID(id) && !isContract(id)
	}
	c, err := ident.ParseContractID(account)
	if err != nil {
		return false
	}
	if resource == "root" {
		p.contracts[c] = true
		return true
	}
	id, ok := strings.CutPrefix(resource, "user/")
	if !ok {
		return false
	}
	if of, u, err := ident.ParseContractUserID(id); err == nil {
		p.users[userRef{of, u}] = true
		return of == c
	}
	u, err := ident.ParseUserID(id)
	p.users[userRef{c, u}] = err == nil
	return err == nil
}

func isContract(s string) bool { _, err := ident.ParseContractID(s); return err == nil }

// addID takes a contract user id, a canonical id or a contract number.
func (p *principals) addID(s string) bool {
	if c, u, err := ident.ParseContractUserID(s); err == nil {
		p.users[userRef{c, u}] = true
		return true
	}
	if c, err := ident.ParseCanonicalID(s); err == nil {
		p.canonical[c] = true
		return true
	}
	if c, err := ident.ParseContractID(s); err == nil {
		p.contracts[c] = true
		return true
	}
	return false
}

// match reports whether the statement is about who.
func (p *principals) match(who *Principal) bool {
	named := p.everybody || who.Service != "" && p.services[who.Service]
	if !named && !who.Anonymous() {
		named = p.users[userRef{who.Contract, who.User}] || p.contracts[who.Contract] || who.Canonical != "" && p.canonical[who.Canonical]
	}
	return named != p.not
}

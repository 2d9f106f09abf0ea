package authz

import (
	"encoding/base64"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

// Conditions are facts about a request that conditions of policies ask for, by lower-case name of the key: "s3:prefix". The edge
// gives those that only it knows; Evaluate adds who asks, from where and when.
type Conditions map[string][]string

// facts answers for condition keys.
type facts struct {
	r *Request
}

// anonymousAccount is the account of who signs nothing. Source: AWS IAM User Guide, "AWS global condition context keys", aws:PrincipalAccount.
const anonymousAccount = "anonymous"

// get returns the values of a key in lower case; none: the request does not have it.
func (f *facts) get(key string) []string {
	if v, ok := f.r.Conditions[key]; ok {
		return v
	}
	p := &f.r.Principal
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	switch key {
	case "aws:sourceip":
		if f.r.Source.IsValid() {
			return one(f.r.Source.Unmap().WithZone("").String())
		}
	case "aws:currenttime":
		if !f.r.Time.IsZero() {
			return one(f.r.Time.UTC().Format(time.RFC3339))
		}
	case "aws:epochtime":
		if !f.r.Time.IsZero() {
			return one(strconv.FormatInt(f.r.Time.Unix(), 10))
		}
	case "aws:principaltype":
		if p.Anonymous() {
			return one("Anonymous")
		}
		return one("User")
	}
	if p.Service != "" {
		switch key {
		case "aws:principalisawsservice":
			return one("true")
		case "aws:principalservicename", "aws:principalservicenameslist":
			return one(p.Service)
		}
	}
	if p.Anonymous() && p.Service == "" && key == "aws:principalaccount" {
		return one(anonymousAccount)
	}
	if p.Anonymous() || p.User == "" {
		return nil
	}
	switch key {
	case "aws:userid", "aws:username":
		return one(string(p.User))
	case "aws:principalaccount":
		return one(p.Contract.String())
	case "aws:principalarn":
		return one("arn:aws:iam:::user/" + ident.ContractUserID(p.Contract, p.User))
	}
	return nil
}

// family is how values of an operator are compared.
type family uint8

const (
	stringFamily family = iota + 1
	likeFamily
	foldFamily // without regard to case
	numberFamily
	dateFamily
	boolFamily
	binaryFamily
	ipFamily
	arnFamily
	nullFamily
)

// operator is what a condition operator's name says.
type operatorName struct {
	family family
	negate bool
	cmp    string // of numbers and dates: "==", "<", "<=", ">", ">="
}

// operators are the condition operators. Source: AWS IAM User Guide, "IAM JSON policy elements: Condition operators". Never changed.
var operators = map[string]operatorName{
	"StringEquals": {family: stringFamily}, "StringNotEquals": {family: stringFamily, negate: true},
	"StringEqualsIgnoreCase": {family: foldFamily}, "StringNotEqualsIgnoreCase": {family: foldFamily, negate: true},
	"StringLike": {family: likeFamily}, "StringNotLike": {family: likeFamily, negate: true},
	"NumericEquals": {numberFamily, false, "=="}, "NumericNotEquals": {numberFamily, true, "=="},
	"NumericLessThan": {numberFamily, false, "<"}, "NumericLessThanEquals": {numberFamily, false, "<="},
	"NumericGreaterThan": {numberFamily, false, ">"}, "NumericGreaterThanEquals": {numberFamily, false, ">="},
	"DateEquals": {dateFamily, false, "=="}, "DateNotEquals": {dateFamily, true, "=="},
	"DateLessThan": {dateFamily, false, "<"}, "DateLessThanEquals": {dateFamily, false, "<="},
	"DateGreaterThan": {dateFamily, false, ">"}, "DateGreaterThanEquals": {dateFamily, false, ">="},
	"Bool": {family: boolFamily}, "BinaryEquals": {family: binaryFamily},
	"IpAddress": {family: ipFamily}, "NotIpAddress": {family: ipFamily, negate: true},
	"ArnEquals": {family: arnFamily}, "ArnLike": {family: arnFamily},
	"ArnNotEquals": {family: arnFamily, negate: true}, "ArnNotLike": {family: arnFamily, negate: true},
	"Null": {family: nullFamily},
}

// quantifier says how several values of a request count.
type quantifier byte

const (
	plainly  quantifier = 0
	forAll   quantifier = 'a' // ForAllValues: every value of the request must match; none is fine
	forAny   quantifier = 'o' // ForAnyValue: one must match
	allWords            = "ForAllValues:"
	anyWords            = "ForAnyValue:"
)

// condition is one key under one operator with the values that the policy gives.
type condition struct {
	operatorName
	quantifier quantifier
	ifExists   bool
	key        string // lower-case
	values     []conditionValue
}

// conditionValue is a value in the form that its operator compares. The others are not there: a policy may have many values.
type conditionValue struct {
	pattern pattern
	number  *big.Rat
	time    *time.Time
	prefix  *netip.Prefix
	arn     *[6]pattern
	bytes   string
}

// parseCondition reads a statement's Condition element: operator, key, values.
func parseCondition(n *node, vars bool) ([]condition, error) {
	if n.kind != '{' {
		return nil, malformed("The Condition of a statement must be an object")
	}
	var all []condition
	for _, op := range n.fields {
		c, err := parseOperator(op.name)
		if err != nil {
			return nil, err
		}
		if op.value.kind != '{' {
			return nil, malformed("The condition operator " + short(op.name) + " must hold an object of keys and values")
		}
		for _, f := range op.value.fields {
			one := c
			if one.key, err = parseKey(f.name); err != nil {
				return nil, err
			}
			values, ok := f.value.strings(true)
			if !ok || len(values) == 0 {
				return nil, malformed("The condition key " + short(f.name) + " must have a value or an array of values")
			}
			for _, v := range values {
				cv, err := parseValue(&one, v, vars)
				if err != nil {
					return nil, err
				}
				one.values = append(one.values, cv)
			}
			all = append(all, one)
		}
	}
	return all, nil
}

func parseOperator(name string) (condition, error) {
	c := condition{}
	rest := name
	if s, ok := strings.CutPrefix(rest, allWords); ok {
		c.quantifier, rest = forAll, s
	} else if s, ok := strings.CutPrefix(rest, anyWords); ok {
		c.quantifier, rest = forAny, s
	}
	if s, ok := strings.CutSuffix(rest, "IfExists"); ok && s != "Null" {
		c.ifExists, rest = true, s
	}
	op, ok := operators[rest]
	if !ok || op.family == nullFamily && c.quantifier != plainly {
		return c, malformed("Invalid Condition type : " + short(name))
	}
	c.operatorName = op
	return c, nil
}

// parseValue brings a value into the form that the operator compares.
func parseValue(c *condition, s string, vars bool) (v conditionValue, err error) {
	// The address key holds addresses whatever the operator: anything else could never match and hides a mistake.
	if c.key == "aws:sourceip" || c.family == ipFamily {
		p, err := parsePrefix(s)
		v.prefix = &p
		if err != nil {
			return v, malformed("Invalid IP address in Conditions").On(errs.Subject(short(s)))
		}
	}
	ok := true
	switch c.family {
	case stringFamily, foldFamily, likeFamily:
		v.pattern, ok = compile(s, c.family == likeFamily, vars)
	case numberFamily:
		v.number, ok = parseNumber(s)
	case dateFamily:
		var t time.Time
		t, ok = parseDate(s)
		v.time = &t
	case boolFamily, nullFamily:
		s = strings.ToLower(s)
		ok = s == "true" || s == "false"
		v.bytes = s
	case binaryFamily:
		raw, e := base64.StdEncoding.DecodeString(s)
		v.bytes, ok = string(raw), e == nil
	case arnFamily:
		parts := splitARN(s)
		if ok = len(parts) == 6 && parts[0] == "arn"; ok {
			v.arn = &[6]pattern{}
			for i, part := range parts {
				var good bool
				v.arn[i], good = compile(part, true, vars)
				ok = ok && good
			}
		}
	}
	if !ok {
		return v, malformed("The value " + short(s) + " does not fit the condition operator")
	}
	return v, nil
}

// splitARN cuts an ARN with variables into its six parts; colons within a variable separate nothing.
func splitARN(s string) []string {
	var parts []string
	from, open := 0, false
	for i := 0; i < len(s) && len(parts) < 5; i++ {
		switch {
		case strings.HasPrefix(s[i:], "${"):
			open = true
		case s[i] == '}':
			open = false
		case s[i] == ':' && !open:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

func parseNumber(s string) (*big.Rat, bool) {
	if len(s) == 0 || len(s) > 40 || strings.ContainsAny(s, "/eExXpP_") {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// parseDate reads the ISO 8601 forms of the W3C note and seconds since 1970.
func parseDate(s string) (time.Time, bool) {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(n, 0), err == nil && n >= 0 && n < 1<<40
}

// match reports whether the condition holds. resolved is false where a variable of the policy stands for nothing.
func (c *condition) match(f *facts) (holds, resolved bool) {
	have := f.get(c.key)
	if c.family == nullFamily {
		return (len(have) == 0) == (c.values[0].bytes == "true"), true
	}
	if len(have) == 0 {
		return c.ifExists || c.quantifier == forAll || c.negate && c.quantifier == plainly, true
	}
	resolved = true
	hit := func(s string) bool { // one value of the request against all of the policy
		for i := range c.values {
			same, ok := c.equal(&c.values[i], s, f)
			resolved = resolved && ok
			if same {
				return !c.negate
			}
		}
		return c.negate
	}
	switch {
	case c.quantifier == forAll || c.quantifier == plainly && c.negate:
		holds = !slices.ContainsFunc(have, func(s string) bool { return !hit(s) })
	default:
		holds = slices.ContainsFunc(have, hit)
	}
	return holds, resolved
}

// equal compares one value of the policy with one of the request, without regard to negation.
func (c *condition) equal(v *conditionValue, s string, f *facts) (same, resolved bool) {
	switch c.family {
	case stringFamily, foldFamily, likeFamily:
		p, ok := v.pattern.resolve(f)
		if !ok {
			return false, false
		}
		if c.family == foldFamily {
			return p.equalFold(s), true
		}
		return p.match(s), true
	case numberFamily:
		n, ok := parseNumber(s)
		return ok && ordered(n.Cmp(v.number), c.cmp), true
	case dateFamily:
		t, ok := parseDate(s)
		return ok && ordered(t.Compare(*v.time), c.cmp), true
	case boolFamily:
		return strings.ToLower(s) == v.bytes, true
	case binaryFamily:
		return s == v.bytes, true
	case ipFamily:
		a, err := netip.ParseAddr(s)
		return err == nil && v.prefix.Contains(a.Unmap()), true
	case arnFamily:
		return equalARN(v.arn, s, f)
	}
	return false, true
}

// ordered reports whether a three-way comparison has the outcome that cmp names.
func ordered(n int, cmp string) bool {
	switch cmp {
	case "==":
		return n == 0
	case "<":
		return n < 0
	case "<=":
		return n <= 0
	case ">":
		return n > 0
	}
	return n >= 0
}

func equalARN(want *[6]pattern, s string, f *facts) (same, resolved bool) {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 {
		return false, true
	}
	for i := range want {
		p, ok := want[i].resolve(f)
		if !ok {
			return false, false
		}
		if !p.match(parts[i]) {
			return false, true
		}
	}
	return true, true
}

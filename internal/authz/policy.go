package authz

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

// Largest policy documents, in bytes (fact sheet, section 3).
const (
	MaxContractPolicy = 1 << 20
	MaxUserPolicy     = 20 << 10
)

// What costs most to match, in count of a whole policy. Policies are matched at every request, and whoever writes one must not decide
// what the requests of others cost.
const (
	maxMarks     = 512   // "?" in resources and conditions
	maxVariables = 1024  // "${...}" there
	maxParts     = 65536 // pieces between wildcards and variables, and these: what a policy takes of memory
)

// Policy is a bucket policy, parsed. It is immutable and safe for concurrent use; parsing costs far more than evaluating, so keep it
// with the bucket it belongs to.
type Policy struct {
	statements []statement
	keys       map[string]bool // condition keys that decide, in lower case but for tags' names
	public     bool
}

type statement struct {
	sid        string
	allow      bool
	who        *principals
	actions    actionSet
	resources  []resource
	other      bool // NotResource: everything else
	conditions []condition
}

// actionSet holds the s3 actions that a statement is about, by their place in s3Actions.
type actionSet [2]uint64

// s3Actions are the actions that a bucket policy can name, in lower case, too, and where each is. Built once, never changed.
var (
	s3Actions    = append(append([]Action{ListAllMyBuckets}, bucketActions[:]...), objectActions[:]...)
	lowerActions = func() []string {
		all := make([]string, len(s3Actions))
		for i, a := range s3Actions {
			all[i] = strings.ToLower(string(a))
		}
		return all
	}()
	actionPlace = func() map[Action]int {
		m := make(map[Action]int, len(s3Actions))
		for i, a := range s3Actions {
			m[a] = i
		}
		return m
	}()
)

func (s *actionSet) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s *actionSet) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }
func (s *actionSet) empty() bool    { return s[0]|s[1] == 0 }

// each calls fn for every action of the set.
func (s *actionSet) each(fn func(Action)) {
	for w, word := range s {
		for ; word != 0; word &= word - 1 {
			fn(s3Actions[w*64+bits.TrailingZeros64(word)])
		}
	}
}

// resource is one ARN: bucket, bucket/key, or "*".
type resource struct {
	path   pattern // what stands behind arn:aws:s3:::
	bucket bool    // can mean the bucket itself
	object bool    // can mean objects of it
}

// Fault is what is wrong with a statement of a policy, or with the policy as a whole.
type Fault struct {
	Statement int   // from 1; 0: the whole
	Err       error // as ParsePolicy returns it; its subject is the text that is wrong, where one is
}

// MaxFaults bounds the faults that are looked for in one policy, in count.
const MaxFaults = 20

// ParsePolicy parses the policy of a bucket. errs.Invalid with code MalformedPolicy and AWS's words where it has some, or with code
// InvalidPolicyDocument where the document is too large.
func ParsePolicy(raw []byte, b *Bucket) (*Policy, error) {
	p, faults := CheckPolicy(raw, b)
	if len(faults) > 0 {
		return nil, faults[0].Err
	}
	return p, nil
}

// CheckPolicy is ParsePolicy, but goes on after a statement with a fault: it returns the policy, or the first fault of each such
// statement in their order, at most MaxFaults.
func CheckPolicy(raw []byte, b *Bucket) (*Policy, []Fault) {
	statements, vars, err := readPolicy(raw, b)
	if err != nil {
		return nil, []Fault{{Err: err}}
	}
	p, faults := parseStatements(statements, b, vars)
	if len(faults) > 0 {
		return nil, faults
	}
	if err := p.affordable(); err != nil {
		return nil, []Fault{{Err: err}}
	}
	return p, nil
}

// readPolicy returns the statements of a policy as its JSON has them, at least one, and whether they have variables.
func readPolicy(raw []byte, b *Bucket) (statements []*node, vars bool, err error) {
	most := MaxContractPolicy
	if b.Ownership == ident.UserOwned {
		most = MaxUserPolicy
	}
	if len(raw) > most {
		return nil, false, errs.New(errs.Invalid, InvalidPolicyDocument, fmt.Sprintf("The policy has %d bytes; the policy of a %s bucket has at most %d.", len(raw), b.Ownership, most))
	}
	doc, err := readDocument(raw)
	if err != nil {
		return nil, false, err
	}
	var found *node
	for _, f := range doc.fields {
		switch f.name {
		case "Version":
			if f.value.kind != 's' || f.value.text != "2012-10-17" && f.value.text != "2008-10-17" {
				return nil, false, malformed("The policy must contain a valid version string")
			}
			vars = f.value.text == "2012-10-17"
		case "Id":
			if f.value.kind != 's' {
				return nil, false, malformed("The Id of a policy must be a string")
			}
		case "Statement":
			found = f.value
		default:
			return nil, false, malformed("Unknown field " + short(f.name))
		}
	}
	switch {
	case found == nil:
		return nil, false, malformed("Missing required field Statement")
	case found.kind == '{':
		return []*node{found}, vars, nil
	case found.kind != '[':
		return nil, false, errJSON
	case len(found.items) == 0:
		return nil, false, malformed("Could not parse the policy: Statement is empty!")
	}
	return found.items, vars, nil
}

func parseStatements(list []*node, b *Bucket, vars bool) (*Policy, []Fault) {
	p := &Policy{keys: map[string]bool{}}
	sids := map[string]bool{}
	var faults []Fault
	for i, item := range list {
		s, err := parseStatement(item, b, vars)
		if err == nil && s.sid != "" && sids[s.sid] {
			err = malformed("Statement IDs (SID) in a single policy must be unique.").On(errs.Subject(s.sid))
		}
		if err != nil {
			if faults = append(faults, Fault{i + 1, err}); len(faults) == MaxFaults {
				break
			}
			continue
		}
		sids[s.sid] = true
		p.statements = append(p.statements, *s)
		p.public = p.public || s.public()
		for _, c := range s.conditions {
			p.keys[c.key] = true
		}
		s.variables(func(key string) { p.keys[key] = true })
	}
	return p, faults
}

// affordable refuses a policy whose matching would cost too much.
func (p *Policy) affordable() error {
	count, all := map[byte]int{}, 0
	for i := range p.statements {
		p.statements[i].parts(func(t part) { count[t.kind]++; all++ })
	}
	switch {
	case all > maxParts:
		return errs.New(errs.Invalid, InvalidPolicyDocument, fmt.Sprintf("The wildcards and variables of the policy cut it into %d pieces; a policy has at most %d.", all, maxParts))
	case count['?'] > maxMarks:
		return errs.New(errs.Invalid, InvalidPolicyDocument, fmt.Sprintf("The policy has %d wildcards ?; a policy has at most %d. Use *, or keys with a common beginning.", count['?'], maxMarks))
	case count['v'] > maxVariables:
		return errs.New(errs.Invalid, InvalidPolicyDocument, fmt.Sprintf("The policy has %d policy variables; a policy has at most %d.", count['v'], maxVariables))
	}
	return nil
}

// elements are the fields of a statement.
type elements struct {
	effect, sid                       *node
	principal, action, res, condition *node
	notPrincipal, notAction, notRes   bool
}

func readElements(n *node) (*elements, error) {
	if n.kind != '{' {
		return nil, errJSON
	}
	e := &elements{}
	set := func(at **node, f field) error {
		if *at != nil {
			return malformed("A statement has " + f.name + " and its opposite; keep one")
		}
		*at = f.value
		return nil
	}
	for _, f := range n.fields {
		var err error
		switch f.name {
		case "Sid":
			e.sid = f.value
		case "Effect":
			e.effect = f.value
		case "Principal", "NotPrincipal":
			err = set(&e.principal, f)
			e.notPrincipal = f.name == "NotPrincipal"
		case "Action", "NotAction":
			err = set(&e.action, f)
			e.notAction = f.name == "NotAction"
		case "Resource", "NotResource":
			err = set(&e.res, f)
			e.notRes = f.name == "NotResource"
		case "Condition":
			e.condition = f.value
		default:
			err = malformed("Unknown field " + short(f.name))
		}
		if err != nil {
			return nil, err
		}
	}
	for _, need := range []struct {
		n    *node
		name string
	}{{e.effect, "Effect"}, {e.principal, "Principal"}, {e.action, "Action"}, {e.res, "Resource"}} {
		if need.n == nil {
			return nil, malformed("Missing required field " + need.name)
		}
	}
	return e, nil
}

func parseStatement(n *node, b *Bucket, vars bool) (*statement, error) {
	e, err := readElements(n)
	if err != nil {
		return nil, err
	}
	s := &statement{other: e.notRes}
	if e.sid != nil {
		if e.sid.kind != 's' || len(e.sid.text) > 128 {
			return nil, malformed("The Sid of a statement must be a string of at most 128 characters")
		}
		s.sid = e.sid.text
	}
	if e.effect.kind != 's' || e.effect.text != "Allow" && e.effect.text != "Deny" {
		return nil, malformed("Invalid effect: " + short(e.effect.text))
	}
	s.allow = e.effect.text == "Allow"
	named, err := parseActions(e.action)
	if err != nil {
		return nil, err
	}
	if s.who, err = parsePrincipals(e.principal, e.notPrincipal); err != nil {
		return nil, err
	}
	if err := s.parseResources(e.res, b, vars); err != nil {
		return nil, err
	}
	if e.condition != nil {
		if s.conditions, err = parseCondition(e.condition, vars); err != nil {
			return nil, err
		}
		if err := s.checkConditions(named, e.notAction); err != nil {
			return nil, err
		}
	}
	return s, s.applyActions(named, e.notAction)
}

// parseActions returns, for each name in the Action element, the actions that it means.
func parseActions(n *node) ([]actionSet, error) {
	bad := malformed("Policy has invalid action")
	names, ok := n.strings(false)
	if !ok || len(names) == 0 {
		return nil, bad
	}
	all := make([]actionSet, 0, len(names))
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			continue
		}
		seen[name] = true
		var set actionSet
		if name != "*" && (len(name) < 4 || !strings.EqualFold(name[:3], "s3:")) {
			return nil, bad.On(errs.Subject(short(name)))
		}
		p, _ := compile(strings.ToLower(name), true, false)
		for i, a := range lowerActions {
			if p.match(a) {
				set.add(i)
			}
		}
		if set.empty() {
			return nil, bad.On(errs.Subject(short(name)))
		}
		all = append(all, set)
	}
	return all, nil
}

const arnPrefix = "arn:aws:s3:::"

// parseResources reads the Resource or NotResource element. A Resource must be able to mean the bucket that the policy is put on.
func (s *statement) parseResources(n *node, b *Bucket, vars bool) error {
	bad := malformed("Policy has invalid resource")
	names, ok := n.strings(false)
	if !ok || len(names) == 0 {
		return bad
	}
	for _, name := range names {
		bad := bad.On(errs.Subject(short(name)))
		path, isARN := strings.CutPrefix(name, arnPrefix)
		if name == "*" {
			path = "*"
		} else if !isARN || path == "" || path[0] == '/' || len(path) > ident.MaxBucketName+1+2*ident.MaxObjectKey {
			return bad
		}
		r := resource{}
		if r.path, ok = compile(path, true, vars); !ok {
			return bad
		}
		bucket, _, object := strings.Cut(path, "/")
		of, ok := compile(bucket, true, false)
		if !ok || !s.other && !of.match(string(b.Name)) {
			return bad
		}
		r.bucket = !object
		r.object = object || strings.Contains(bucket, "*") // which runs on into keys
		s.resources = append(s.resources, r)
	}
	return nil
}

// applyActions sets what the statement is about, and refuses actions that none of its resources can have.
func (s *statement) applyActions(named []actionSet, not bool) error {
	bucket, object := s.other, s.other
	for _, r := range s.resources {
		bucket, object = bucket || r.bucket, object || r.object
	}
	for _, set := range named {
		fits := not
		set.each(func(a Action) {
			l := LevelOf(a)
			fits = fits || l == BucketLevel && bucket || l == ObjectLevel && object
		})
		if !fits {
			return malformed("Action does not apply to any resource(s) in statement")
		}
		s.actions[0] |= set[0]
		s.actions[1] |= set[1]
	}
	if not {
		s.actions[0], s.actions[1] = ^s.actions[0], ^s.actions[1]
		var known actionSet
		for i := range s3Actions {
			known.add(i)
		}
		s.actions[0] &= known[0]
		s.actions[1] &= known[1]
	}
	return nil
}

// checkConditions refuses condition keys that the named actions never have: every one named in full must know them, and one of
// those that a wildcard means.
func (s *statement) checkConditions(named []actionSet, not bool) error {
	if not {
		return nil
	}
	seen := map[string]bool{}
	for _, c := range s.conditions {
		if seen[c.key] || keyActions[c.key] == nil {
			continue
		}
		seen[c.key] = true
		for _, set := range named {
			fits := false
			set.each(func(a Action) { fits = fits || knows(a, c.key) })
			if !fits {
				return malformed("Conditions do not apply to combination of actions and resources in statement")
			}
		}
	}
	return nil
}

// applies reports whether the statement is about this request.
func (s *statement) applies(f *facts, place int, path string) bool {
	r := f.r
	if !s.actions.has(place) || !s.who.match(&r.Principal) || !s.matchResource(f, path) {
		return false
	}
	for i := range s.conditions {
		holds, resolved := s.conditions[i].match(f)
		// Where a variable stands for nothing, an Allow gives nothing; a Deny still denies what does not match.
		if !holds || !resolved && s.allow {
			return false
		}
	}
	return true
}

func (s *statement) matchResource(f *facts, path string) bool {
	for i := range s.resources {
		p, ok := s.resources[i].path.resolve(f)
		if !ok {
			if s.other && s.allow {
				return false // everything but what nobody can tell: nothing
			}
			continue
		}
		if p.match(path) {
			return !s.other
		}
	}
	return s.other
}

// verdict is what a policy says of a request.
type verdict uint8

const (
	silent verdict = iota
	allows
	denies
)

// judge returns what the policy says and the Sid of the statement that said it. An explicit Deny wins.
func (p *Policy) judge(r *Request) (v verdict, sid string) {
	f := &facts{r}
	place := actionPlace[r.Action]
	path := string(r.Bucket.Name)
	if LevelOf(r.Action) == ObjectLevel {
		path += "/" + string(r.Key)
	}
	for i := range p.statements {
		s := &p.statements[i]
		if s.allow && v == allows || !s.applies(f, place, path) {
			continue
		}
		if !s.allow {
			return denies, s.sid
		}
		v, sid = allows, s.sid
	}
	return v, sid
}

// Public reports whether the policy opens the bucket to everybody: an Allow for everybody without a condition that binds it to
// somebody (AWS S3 User Guide, "The meaning of public"; fact sheet, section 5.4).
func (p *Policy) Public() bool { return p.public }

// Needs reports whether a condition asks for the key, or for one that begins with it where it ends with a slash. Facts that cost a
// read, as tags do, are then worth it. The key is in lower case.
func (p *Policy) Needs(key string) bool {
	if !strings.HasSuffix(key, "/") {
		return p.keys[key]
	}
	for k := range p.keys {
		if strings.HasPrefix(k, key) {
			return true
		}
	}
	return false
}

// PublicStatements returns the statements that open the bucket to everybody, by their place from 1.
func (p *Policy) PublicStatements() []int {
	var at []int
	for i := range p.statements {
		if p.statements[i].public() {
			at = append(at, i+1)
		}
	}
	return at
}

// Named is somebody whom a policy names by canonical id or contract, so that the edge can refuse those who do not exist.
type Named struct {
	ID        string
	Statement int // the first that names them, from 1
}

// Named returns whom the policy names by canonical id or contract, each once, by statement and id.
func (p *Policy) Named() []Named {
	var all []Named
	seen := map[string]bool{}
	for i := range p.statements {
		w := p.statements[i].who
		var ids []string
		for c := range w.canonical {
			ids = append(ids, string(c))
		}
		for c := range w.contracts {
			ids = append(ids, c.String())
		}
		slices.Sort(ids)
		for _, id := range ids {
			if !seen[id] {
				seen[id] = true
				all = append(all, Named{id, i + 1})
			}
		}
	}
	return all
}

// variables calls fn for each variable of the statement's resources and conditions.
func (s *statement) variables(fn func(key string)) {
	s.parts(func(t part) {
		if t.kind == 'v' {
			fn(t.text)
		}
	})
}

// parts calls fn for each part of the patterns in the statement's resources and conditions.
func (s *statement) parts(fn func(part)) {
	each := func(p pattern) {
		for _, t := range p.parts {
			fn(t)
		}
	}
	for _, r := range s.resources {
		each(r.path)
	}
	for _, c := range s.conditions {
		for _, v := range c.values {
			each(v.pattern)
			if v.arn == nil {
				continue
			}
			for _, a := range v.arn {
				each(a)
			}
		}
	}
}

// bindingKeys are the condition keys whose fixed values make a statement not public. Source as Public. Never changed.
var bindingKeys = wordSet(`aws:SourceIp aws:SourceArn aws:SourceVpc aws:SourceVpce aws:SourceOwner aws:SourceAccount aws:userid
	aws:PrincipalArn aws:PrincipalAccount aws:PrincipalOrgID aws:username
	s3:x-amz-server-side-encryption-aws-kms-key-id s3:DataAccessPointArn s3:DataAccessPointAccount`)

// public reports whether the statement gives something to everybody.
func (s *statement) public() bool {
	if !s.allow || !s.who.everybody && !s.who.not {
		return false
	}
	for _, c := range s.conditions {
		if bindingKeys[c.key] && !c.negate && !c.ifExists && c.quantifier != forAll && c.family != nullFamily && c.narrow() {
			return false
		}
	}
	return true
}

// narrow reports whether every value of a condition is fixed: no wildcard, no variable, no network as wide as a continent, and not the account
// of everybody without a name.
func (c *condition) narrow() bool {
	for _, v := range c.values {
		switch c.family {
		case stringFamily, foldFamily, likeFamily:
			if !v.pattern.fixed || strings.EqualFold(v.pattern.literal(), anonymousAccount) {
				return false
			}
		case arnFamily:
			for _, part := range v.arn {
				if !part.fixed {
					return false
				}
			}
		case ipFamily:
			if v.prefix.Addr().Is4() && v.prefix.Bits() < 8 || v.prefix.Addr().Is6() && v.prefix.Bits() < 32 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

package s3api

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"coffer/internal/authz"
	"coffer/internal/iam"
	"coffer/internal/ident"
)

// reach is what the rules say of who reaches which objects, written down a second time and simply, for random histories of management
// calls and bucket policies.
type reach struct {
	*world
	t       *rapid.T
	people  []*reacher
	group   *iam.Group
	open    bool // the group gives the privilege
	buckets []*reached
}

// reacher is somebody with a key.
type reacher struct {
	name      string
	user      *iam.User
	role      authz.Role
	active    bool
	member    bool
	keyActive bool
}

// reached is a bucket with the object k, that its owner wrote.
type reached struct {
	name   string
	region string
	owner  *reacher // of a user-owned one; nil for the first contract's
	policy []reachStatement
}

type reachStatement struct {
	allow  bool
	whom   *reacher // nil: everybody
	all    bool     // of whom's contract
	action string
}

var reachActions = []string{"s3:GetObject", "s3:PutObject", "s3:ListBucket"}

func (r *reach) counts(p *reacher) bool {
	return p.active && p.keyActive && (p.role >= authz.Administrator || p.member && r.open)
}

// may is the oracle. p is nil for who does not sign.
func (r *reach) may(p *reacher, b *reached, action string) bool {
	if p != nil && !r.counts(p) {
		return false
	}
	allowed := p != nil && (p == b.owner || b.owner == nil && p.role >= authz.Administrator && p.user.Contract == r.users["owner"].Contract)
	for _, s := range b.policy {
		named := s.whom == nil || p != nil && (s.whom == p || s.all && s.whom.user.Contract == p.user.Contract)
		if !named || s.action != action {
			continue
		}
		if !s.allow {
			return false
		}
		allowed = true
	}
	return allowed
}

// principal writes whom a statement names, in the form of the bucket's type.
func (s *reachStatement) principal(b *reached) string {
	switch {
	case s.whom == nil:
		return `"*"`
	case s.all:
		return fmt.Sprintf(`{"AWS":"arn:aws:iam::%s:root"}`, s.whom.user.Contract)
	case b.owner != nil:
		return fmt.Sprintf(`{"CanonicalUser":"%s"}`, s.whom.user.Canonical)
	}
	return fmt.Sprintf(`{"AWS":["arn:aws:iam:::user/%s"]}`, ident.ContractUserID(s.whom.user.Contract, s.whom.user.ID))
}

func (b *reached) document() string {
	var all []string
	for _, s := range b.policy {
		effect := map[bool]string{true: "Allow", false: "Deny"}[s.allow]
		resource := "arn:aws:s3:::" + b.name
		if s.action != "s3:ListBucket" {
			resource += "/*"
		}
		all = append(all, fmt.Sprintf(`{"Effect":%q,"Principal":%s,"Action":%q,"Resource":%q}`, effect, s.principal(b), s.action, resource))
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(all, ",") + `]}`
}

// send sends a request of somebody's; nil does not sign.
func (r *reach) send(p *reacher, b *reached, method, path, body string) reply {
	q := request{method: method, uri: "/" + b.name + path, body: body, region: b.region}
	if p != nil {
		q.as = p.name
	}
	return r.do(q)
}

// check tries one action as everybody everywhere.
func (r *reach) check() {
	action := rapid.SampledFrom(reachActions).Draw(r.t, "tried")
	for _, b := range r.buckets {
		for _, p := range append([]*reacher{nil}, r.people...) {
			var a reply
			switch action {
			case "s3:GetObject":
				a = r.send(p, b, "GET", "/k", "")
			case "s3:PutObject":
				a = r.send(p, b, "PUT", "/scratch", "x")
			case "s3:ListBucket":
				a = r.send(p, b, "GET", "?list-type=2", "")
			}
			if may := r.may(p, b, action); (a.status == 200) != may || !may && a.status != 403 {
				r.t.Fatalf("%s of %+v at %+v: %d %s, may: %v", action, p, b, a.status, a.body, may)
			}
		}
	}
}

func (r *reach) person() *reacher { return rapid.SampledFrom(r.people).Draw(r.t, "person") }

// setPolicy puts a policy as somebody: who may is the bucket's owner.
func (r *reach) setPolicy() {
	b, p := rapid.SampledFrom(r.buckets).Draw(r.t, "bucket"), r.person()
	old := b.policy
	b.policy = nil
	for range rapid.IntRange(1, 3).Draw(r.t, "statements") {
		s := reachStatement{allow: rapid.IntRange(0, 3).Draw(r.t, "deny") > 0, action: rapid.SampledFrom(reachActions).Draw(r.t, "action")}
		if rapid.IntRange(0, 4).Draw(r.t, "everybody") > 0 {
			s.whom, s.all = r.person(), rapid.IntRange(0, 3).Draw(r.t, "all") == 3
		}
		b.policy = append(b.policy, s)
	}
	a := r.send(p, b, "PUT", "?policy", b.document())
	may := r.may(p, &reached{owner: b.owner}, "s3:PutBucketPolicy")
	if (a.status == 204) != may {
		r.t.Fatalf("a policy by %+v at %+v: %d %s, may: %v", p, b, a.status, a.body, may)
	}
	if !may {
		b.policy = old
	}
}

func (r *reach) update(p *reacher, in iam.UserChange) {
	operator := iam.Actor{Principal: authz.Principal{Operator: true}}
	if _, err := r.iam.UpdateUser(r.world.t.Context(), operator, p.user.Contract, p.user.ID, in); err != nil {
		r.t.Fatal(err)
	}
}

func (r *reach) setRole() {
	p := r.person()
	if p.role == authz.Owner {
		return
	}
	p.role = authz.Role(rapid.IntRange(0, 1).Draw(r.t, "role"))
	r.update(p, iam.UserChange{Administrator: new(p.role == authz.Administrator)})
}

func (r *reach) setActive() {
	p := r.person()
	if p.role == authz.Owner {
		return
	}
	p.active = rapid.Bool().Draw(r.t, "active")
	r.update(p, iam.UserChange{Active: &p.active})
}

func (r *reach) setKey() {
	p := r.person()
	p.keyActive = rapid.Bool().Draw(r.t, "active")
	operator := iam.Actor{Principal: authz.Principal{Operator: true}}
	if _, err := r.iam.ChangeKey(r.world.t.Context(), operator, p.user.Contract, r.keys[p.name].ID, iam.KeyChange{Active: &p.keyActive}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *reach) setPrivilege(open bool) {
	r.open = open
	if _, err := r.iam.UpdateGroup(r.world.t.Context(), r.owner, r.group.Contract, r.group.ID, "reachers", iam.Privileges{iam.ObjectStoragePrivilege: open}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *reach) setMember(p *reacher, member bool) {
	if p.user.Contract != r.group.Contract || p.member == member {
		return
	}
	change := r.iam.AddMember
	if !member {
		change = r.iam.RemoveMember
	}
	if err := change(r.world.t.Context(), r.owner, r.group.Contract, r.group.ID, p.user.ID); err != nil {
		r.t.Fatal(err)
	}
	p.member = member
}

// newReach makes people of their own: those of other tests keep their rights.
func newReach(t *testing.T) *reach {
	w := newWorld(t)
	rooms, err := newRooms()
	if err != nil {
		t.Fatal(err)
	}
	w.rooms = rooms
	w.h = New(Config{Objects: w.objects, IAM: w.iam, Regions: ident.FixedRegions(testRegions...), Domains: []string{"localhost"}, Clock: w.time})
	r := &reach{world: w}
	ctx, c := t.Context(), w.users["owner"].Contract
	if r.group, err = w.iam.CreateGroup(ctx, w.owner, c, "reachers", iam.Privileges{iam.ObjectStoragePrivilege: true}); err != nil {
		t.Fatal(err)
	}
	r.open = true
	for _, name := range []string{"pia", "ada"} {
		u, err := w.iam.CreateUser(ctx, w.owner, c, iam.NewUser{FirstName: name, LastName: "Reach", Email: name + "@example.com", Password: "correct horse battery staple"})
		if err != nil {
			t.Fatal(err)
		}
		p := &reacher{name: name, user: u, active: true, keyActive: true}
		r.setMember(p, true)
		if w.keys[name], err = w.iam.CreateKey(ctx, w.owner, c, u.ID, name); err != nil {
			t.Fatal(err)
		}
		u.Canonical = w.keys[name].Canonical
		r.people = append(r.people, p)
	}
	for _, name := range []string{"owner", "other"} {
		r.people = append(r.people, &reacher{name: name, user: w.users[name], role: authz.Owner, active: true, keyActive: true})
	}
	return r
}

// begin makes everybody as they were, and two buckets.
func (r *reach) begin(n int) {
	r.setPrivilege(true)
	for _, p := range r.people {
		if p.role != authz.Owner {
			p.role, p.active = authz.Plain, true
			r.update(p, iam.UserChange{Administrator: new(false), Active: new(true)})
			r.setMember(p, true)
		}
		p.keyActive = true
		if _, err := r.iam.ChangeKey(r.world.t.Context(), iam.Actor{Principal: authz.Principal{Operator: true}}, p.user.Contract, r.keys[p.name].ID, iam.KeyChange{Active: new(true)}); err != nil {
			r.t.Fatal(err)
		}
	}
	pia, owner := r.people[0], r.people[slices.IndexFunc(r.people, func(p *reacher) bool { return p.name == "owner" })]
	r.buckets = []*reached{{name: fmt.Sprintf("reach-c%d", n), region: "local-1"}, {name: fmt.Sprintf("reach-u%d", n), region: "local-2", owner: pia}}
	for _, b := range r.buckets {
		by := b.owner
		if by == nil {
			by = owner
		}
		for _, path := range []string{"", "/k"} {
			if a := r.send(by, b, "PUT", path, ""); a.status != 200 {
				r.t.Fatalf("%+v", a)
			}
		}
	}
}

// TestNobodyReachesMoreThanTheRulesSay: after every step of a random history of management calls and policies, everybody reaches what the
// rules say, and nothing else, at once.
func TestNobodyReachesMoreThanTheRulesSay(t *testing.T) {
	r := newReach(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		r.t = rt
		r.begin(n)
		rt.Repeat(map[string]func(*rapid.T){
			"":          func(rt *rapid.T) { r.t = rt; r.check() },
			"policy":    func(rt *rapid.T) { r.t = rt; r.setPolicy() },
			"role":      func(rt *rapid.T) { r.t = rt; r.setRole() },
			"active":    func(rt *rapid.T) { r.t = rt; r.setActive() },
			"key":       func(rt *rapid.T) { r.t = rt; r.setKey() },
			"privilege": func(rt *rapid.T) { r.t = rt; r.setPrivilege(rapid.Bool().Draw(rt, "open")) },
			"member":    func(rt *rapid.T) { r.t = rt; r.setMember(r.person(), rapid.Bool().Draw(rt, "member")) },
		})
	})
}

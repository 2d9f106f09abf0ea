package authz

import (
	"slices"
	"strings"

	"coffer/internal/ident"
)

// Change is an action whose decision another policy would turn round.
type Change struct {
	Action  Action
	Allowed bool // by the other policy
	// Where is, for an action on objects, for which keys: as the policies write them, AnyKey for all that no statement names.
	Where []string
}

// AnyKey stands in Change.Where for keys that no statement of either policy names.
const AnyKey = "*"

// Bounds of a comparison. They keep a large policy from costing seconds: an action is judged for every key pattern against every statement.
const (
	maxPlaces = 64        // key patterns
	maxWork   = 2_000_000 // statements and pieces of their patterns to look at, for all questions
)

// anyText stands for the text that a wildcard means. It is in Unicode's private use area, so that no other pattern means it by chance.
const anyText = "\ue000"

// Comparison is what another policy would turn round for somebody.
type Comparison struct {
	Changes []Change
	// Places are the key patterns that were looked at, AnyKey first: where a Change names all of them, it is for every key.
	Places   []string
	Complete bool // false where the policies have too many patterns to look at each
}

// Compare tells what somebody may do by one policy and not by the other, as they are asking. ask makes the question about an action, without
// bucket and key; both buckets differ in their policies alone. Objects are taken as those of the bucket's owner without a list of
// their own.
// Of policies that are too large for it, nothing is told but that.
func Compare(before, after *Bucket, ask func(Action) Request) Comparison {
	var c Comparison
	each := before.Policy.size() + after.Policy.size()
	if each*(len(bucketActions)+len(objectActions)) > maxWork {
		return c
	}
	for _, a := range bucketActions {
		if a == CreateBucket {
			continue // which asks no bucket
		}
		r := ask(a)
		if was, is := decide(r, before), decide(r, after); was != is {
			c.Changes = append(c.Changes, Change{Action: a, Allowed: is})
		}
	}
	anyObject := ask(GetObject)
	var places []place
	places, c.Complete = placesOf(&anyObject, maxWork/(len(objectActions)*max(1, each)), before, after)
	for _, at := range places {
		c.Places = append(c.Places, at.written)
	}
	for _, a := range objectActions {
		r := ask(a)
		r.ACL = &ACL{}
		given, taken := Change{Action: a, Allowed: true}, Change{Action: a}
		for _, at := range places {
			r.Key = at.key
			switch was, is := decide(r, before), decide(r, after); {
			case is && !was:
				given.Where = append(given.Where, at.written)
			case was && !is:
				taken.Where = append(taken.Where, at.written)
			}
		}
		for _, change := range []Change{given, taken} {
			if len(change.Where) > 0 {
				c.Changes = append(c.Changes, change)
			}
		}
	}
	return c
}

func decide(r Request, b *Bucket) bool {
	r.Bucket = b
	return Evaluate(&r).Allowed
}

// size is what judging one request by the policy looks at.
func (p *Policy) size() int {
	if p == nil {
		return 0
	}
	n := len(p.statements)
	for i := range p.statements {
		p.statements[i].parts(func(part) { n++ })
	}
	return n
}

// place is one key of those that a pattern means.
type place struct {
	key     ident.ObjectKey
	written string
}

// placesOf returns a key for each pattern of both policies, after one that no pattern names; at most most of them, and one at least.
func placesOf(r *Request, most int, buckets ...*Bucket) (all []place, complete bool) {
	all = []place{{anyText, AnyKey}}
	most = min(maxPlaces, max(1, most))
	for _, b := range buckets {
		if b.Policy == nil {
			continue
		}
		for i := range b.Policy.statements {
			for _, res := range b.Policy.statements[i].resources {
				at, ok := placeOf(res.path, b.Name, r)
				if !ok || slices.ContainsFunc(all, func(p place) bool { return p.key == at.key }) {
					continue
				}
				if len(all) == most {
					return all, false
				}
				all = append(all, at)
			}
		}
	}
	return all, true
}

// placeOf returns a key that the pattern means; none where it begins otherwise than with the bucket's name: it means any key, or none.
func placeOf(p pattern, b ident.BucketName, r *Request) (place, bool) {
	p, ok := p.resolve(&facts{r})
	if !ok {
		return place{}, false
	}
	var sample, written strings.Builder
	for _, t := range p.parts {
		if t.kind == 'l' {
			sample.WriteString(t.text)
			written.WriteString(t.text)
			continue
		}
		sample.WriteString(anyText)
		written.WriteByte(t.kind)
	}
	key, inside := strings.CutPrefix(sample.String(), string(b)+"/")
	if !inside || key == "" {
		return place{}, false
	}
	return place{ident.ObjectKey(key), strings.TrimPrefix(written.String(), string(b)+"/")}, true
}

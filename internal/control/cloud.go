package control

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"coffer/internal/api/cloud"
	"coffer/internal/errs"
	"coffer/internal/ident"
)

// Windows of the Cloud API.
const (
	cloudLimit    = 1000
	cloudMaxLimit = 10000
	cloudMaxDepth = 10
	cloudPrefix   = "/cloudapi/v6"
)

// cloudAPI serves api/cloud.yaml: the Cloud API subset and the Auth API.
type cloudAPI struct{ *server }

var _ cloud.ServerInterface = (*cloudAPI)(nil)

// href makes the absolute address of a path of the Cloud API, as the vendor writes it.
func (s *cloudAPI) href(r *http.Request, parts ...string) string {
	u := *s.own(callOf(r))
	return u.String() + cloudPrefix + "/" + strings.Join(parts, "/")
}

// accepted announces the request status of a change that has happened. The id follows from what was done, to what and in which
// state that left it, so that it is the same wherever it is asked for.
func (s *cloudAPI) accepted(w http.ResponseWriter, r *http.Request, state string) {
	id := derivedID("request", r.Method, r.URL.Path, string(callOf(r).actor.User), state)
	w.Header().Set("Location", s.href(r, "requests", id, "status"))
}

// RequestsStatusGet answers DONE for every request that was accepted: work is finished when a change is answered.
func (s *cloudAPI) RequestsStatusGet(w http.ResponseWriter, r *http.Request, id cloud.RequestId, _ cloud.RequestsStatusGetParams) {
	if !isDerivedID(id) {
		s.fail(w, r, errs.New(errs.NotFound, "", "There is no request with this id."))
		return
	}
	out := cloud.RequestStatus{Id: id + "/status", Type: "request-status", Href: s.href(r, "requests", id, "status")}
	out.Metadata.Status, out.Metadata.Message = cloud.DONE, "Request has been successfully executed"
	out.Metadata.Etag = ptr(etag(id))
	s.write(w, r, http.StatusOK, out)
}

// etag is a short digest of what identifies a state.
func etag(words ...any) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(words...)))
	return hex.EncodeToString(sum[:16])
}

// depthOf reads depth, 0 where absent.
func depthOf(d *int) (int, error) {
	n := or(d, 0)
	if n < 0 || n > cloudMaxDepth {
		return 0, invalid("depth: %d is not in 0 to %d.", n, cloudMaxDepth)
	}
	return n, nil
}

// listing is how a list of the Cloud API is asked for.
type listing struct {
	span
	orderBy string
	filters map[string]string
	depth   int
}

const (
	maxFilters   = 16
	filterPrefix = "filter."
)

func newListing(r *http.Request, offset, limit, maxResults *int, orderBy *string, depth *int) (listing, error) {
	if limit == nil {
		limit = maxResults
	}
	var l listing
	var err error
	if l.span, err = newSpan(offset, limit, cloudLimit, cloudMaxLimit); err != nil {
		return l, err
	}
	if l.depth, err = depthOf(depth); err != nil {
		return l, err
	}
	l.orderBy, l.filters = or(orderBy, ""), map[string]string{}
	for name, values := range r.URL.Query() {
		if property, ok := strings.CutPrefix(name, filterPrefix); ok && len(values) > 0 {
			l.filters[property] = values[0]
		}
	}
	if len(l.filters) > maxFilters {
		return l, invalid("There are %d filters; at most %d are read.", len(l.filters), maxFilters)
	}
	return l, nil
}

// plain reports whether the list comes in the order and with the content that package iam gives it.
func (l *listing) plain() bool { return l.orderBy == "" && len(l.filters) == 0 }

// properties is an entry's properties by their names on the wire.
func properties(v any) map[string]any {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil
	}
	return m
}

// arrange filters and orders entries whose wire properties of gives. Texts match where they contain the value, whatever the case.
func arrange[T any](l *listing, all []T, of func(T) map[string]any) []T {
	if l.plain() {
		return all
	}
	type row struct {
		entry T
		props map[string]any
	}
	var rows []row
	for _, e := range all {
		p := of(e)
		if matches(l.filters, p) {
			rows = append(rows, row{e, p})
		}
	}
	if l.orderBy != "" {
		slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(text(a.props[l.orderBy]), text(b.props[l.orderBy])) })
	}
	out := make([]T, len(rows))
	for i := range rows {
		out[i] = rows[i].entry
	}
	return out
}

func matches(filters map[string]string, p map[string]any) bool {
	for name, want := range filters {
		v, ok := p[name]
		switch v := v.(type) {
		case bool:
			if b, err := strconv.ParseBool(want); err != nil || b != v {
				return false
			}
		default:
			if !ok || !strings.Contains(strings.ToLower(text(v)), strings.ToLower(want)) {
				return false
			}
		}
	}
	return true
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// missingKey is the vendor's answer for an access key that is not there: 422, which its clients know by this text.
func missingKey(err error) error {
	if errs.KindOf(err) != errs.NotFound {
		return err
	}
	return errs.New(errs.NotFound, codeUnprocessable, "The access key cannot be found, please double-check the key id and try again.").Because(err)
}

// lackingPrivilege is the vendor's answer where the target of a new key may not use Object Storage (K4).
func lackingPrivilege(err error) error {
	if errs.CodeOf(err) != codeNoPrivilege {
		return err
	}
	return errs.New(errs.Denied, codeUnprocessable, "The user needs to be part of a group that has ACCESS_S3_OBJECT_STORAGE privilege").Because(err)
}

func userID(s string) (ident.UserID, error) {
	id, err := ident.ParseUserID(s)
	if err != nil {
		return "", errs.New(errs.NotFound, "", "There is no user with the id "+s+".").Because(err)
	}
	return id, nil
}

func groupID(s string) (ident.GroupID, error) {
	id, err := ident.ParseGroupID(s)
	if err != nil {
		return "", errs.New(errs.NotFound, "", "There is no group with the id "+s+".").Because(err)
	}
	return id, nil
}

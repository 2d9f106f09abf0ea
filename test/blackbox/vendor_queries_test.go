package blackbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// answer makes a request of the Cloud API as the owner and reads the answer.
func answer(t *testing.T, s *Server, path string) (http.Header, map[string]any) {
	t.Helper()
	req := must(http.NewRequestWithContext(t.Context(), "GET", s.ControlURL+path, nil))
	req.SetBasicAuth(ownerEmail, ownerPassword)
	resp := must(http.DefaultClient.Do(req))
	defer resp.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&out); resp.StatusCode != 200 || err != nil {
		t.Fatalf("GET %s: %d %v", path, resp.StatusCode, err)
	}
	return resp.Header, out
}

// at follows names, and numbers in lists, into an answer; nil where there is nothing.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

var vendorTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)

// times checks that each time in an answer ends in Z and has whole seconds: two of the vendor's clients read no other.
func times(t *testing.T, where string, v any) int {
	t.Helper()
	n := 0
	switch v := v.(type) {
	case map[string]any:
		for name, inside := range v {
			if text, ok := inside.(string); ok && (strings.HasSuffix(name, "Date") || name == "lastLogin") {
				n++
				if !vendorTime.MatchString(text) {
					t.Errorf("%s: %s is %q", where, name, text)
				}
			}
			n += times(t, where, inside)
		}
	case []any:
		for _, inside := range v {
			n += times(t, where, inside)
		}
	}
	return n
}

// TestVendorQueries: depth, pages, order, filters, unknown parameters, rate headers and times, as the vendor's clients ask and read.
func TestVendorQueries(t *testing.T) {
	s := Start(t, t.TempDir())
	c := s.withPassword(t, ownerEmail, ownerPassword)
	var members []string
	for _, first := range []string{"Cleo", "Abel", "Bea"} {
		id, _ := c.newUser(first)
		members = append(members, id)
	}
	group := c.newGroup("everybody", members...)

	head, deep := answer(t, s, "/cloudapi/v6/um/groups/"+group+"?depth=2")
	if at(deep, "entities", "users", "items", 0, "properties", "firstname") == nil {
		t.Errorf("at depth 2 the children have no properties: %v", deep["entities"])
	}
	for _, h := range []string{"X-RateLimit-Remaining", "X-RateLimit-Limit", "X-RateLimit-Burst"} {
		var n int
		if _, err := fmt.Sscan(head.Get(h), &n); err != nil || n < 1 {
			t.Errorf("%s is %q", h, head.Get(h))
		}
	}
	_, one := answer(t, s, "/cloudapi/v6/um/groups/"+group+"?depth=1")
	if child := at(one, "entities", "users", "items", 0); at(child, "id") == nil || at(child, "href") == nil || at(child, "properties") != nil {
		t.Errorf("at depth 1 the children are no references: %v", child)
	}
	_, flat := answer(t, s, "/cloudapi/v6/um/groups/"+group+"?depth=0&limit=50&offset=0&somethingNew=1")
	if flat["entities"] != nil || at(flat, "properties", "name") != "everybody" {
		t.Errorf("at depth 0 there is %v", flat)
	}

	var order []string
	path := "/cloudapi/v6/um/users?filter.administrator=false&orderBy=firstname&limit=2&depth=1"
	for pages := 0; path != "" && pages < 5; pages++ {
		_, page := answer(t, s, path)
		for i := 0; at(page, "items", i) != nil; i++ {
			order = append(order, at(page, "items", i, "properties", "firstname").(string))
		}
		next, _ := at(page, "_links", "next").(string)
		path = strings.TrimPrefix(next, s.ControlURL)
	}
	if got := strings.Join(order, " "); got != "Abel Bea Cleo" {
		t.Errorf("page by page and in order there are %s", got)
	}

	s.OwnerKey(t)
	for _, path := range []string{"/cloudapi/v6/um/users?depth=3", "/cloudapi/v6/um/groups?depth=2", "/accesskeys", "/cloudapi/v6/um/users/" + members[0] + "?depth=2"} {
		if _, out := answer(t, s, path); times(t, path, out) == 0 {
			t.Errorf("%s tells no time", path)
		}
	}
}

package s3api

import (
	"strings"
	"sync"
	"testing"

	"coffer/internal/ident"
	"coffer/internal/object"
)

// TestSettingsAreReadOnce: of many requests that meet a bucket's new state at once, one reads its documents.
func TestSettingsAreReadOnce(t *testing.T) {
	k := settingsCache{large: make(turns, 1)}
	doc := allowAll("bucket", "s3:GetObject") + strings.Repeat(" ", maxSmallXML)
	for state := range 3 {
		b := &object.Bucket{ID: "id", Name: "bucket", Ownership: ident.ContractOwned, Configs: map[string][]byte{policyConfig: []byte(doc)}}
		got := make([]*settings, 64)
		var group sync.WaitGroup
		for i := range got {
			group.Go(func() { got[i] = k.of(b) })
		}
		group.Wait()
		for _, one := range got {
			if one != got[0] || one.policy == nil || one.err != nil || one.of != b {
				t.Fatalf("state %d: %+v and %+v", state, one, got[0])
			}
		}
	}
	if got := k.of(&object.Bucket{ID: "other", Configs: map[string][]byte{policyConfig: []byte("{")}}); got.err == nil {
		t.Error("a policy that does not read is none")
	}
	if got := k.of(&object.Bucket{ID: "none"}); got != nil {
		t.Errorf("a bucket without settings has %+v", got)
	}
}

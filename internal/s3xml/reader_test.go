package s3xml

import "testing"

func TestSkip(t *testing.T) {
	x := New([]byte(`<a><b><c>x</c><!-- <d> --><d/><![CDATA[</b>]]>y</b><e>1</e></a>`))
	x.Open("a")
	var seen []string
	for name := range x.Children() {
		if seen = append(seen, name); name == "b" {
			x.Skip()
		} else if x.Number() != 1 {
			t.Error("the element after the skipped one is not read")
		}
	}
	if err := x.Done(); err != nil || len(seen) != 2 {
		t.Errorf("saw %v, %v", seen, err)
	}
}

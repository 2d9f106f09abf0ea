package web

import (
	"io/fs"
	"strings"
	"testing"
)

func TestPolicyAllowsNothingInline(t *testing.T) {
	p := Policy([]string{"http://localhost:9000"})
	if strings.Contains(p, "unsafe") {
		t.Errorf("the policy %q allows inline code: the console must need none", p)
	}
	if !strings.Contains(p, "connect-src 'self' http://localhost:9000;") {
		t.Errorf("the policy %q does not let the page reach the S3 endpoint", p)
	}
	for _, show := range []string{"img-src 'self' data: http://localhost:9000;", "media-src http://localhost:9000;", "frame-src http://localhost:9000;", "form-action 'self' http://localhost:9000;", "script-src 'self';"} {
		if !strings.Contains(p, show) {
			t.Errorf("the policy %q lacks %q: previews come from the S3 endpoint, scripts never", p, show)
		}
	}
	if got := Policy(nil); !strings.Contains(got, "connect-src 'self';") {
		t.Errorf("the policy without endpoints is %q", got)
	}
}

func TestFSIsRootedAtTheConsole(t *testing.T) {
	f, err := FS()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(f, "dist"); err == nil {
		t.Error("the file system still begins with dist/")
	}
	if _, err := fs.Stat(f, "index.html"); (err == nil) != Built() {
		t.Errorf("Built is %v but index.html: %v", Built(), err)
	}
}

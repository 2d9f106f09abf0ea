package house

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "coffer/"

// mayImport says which rooms a room may use besides errs, ident and itself. Rooms not listed may use anything of ours.
var mayImport = map[string][]string{
	"errs":            {},
	"ident":           {},
	"obs":             {},
	"meta":            {},
	"meta/metatest":   {"meta"},
	"blob":            {},
	"blob/blobtest":   {"blob"},
	"engine/pebble":   {"meta"},
	"engine/file":     {"blob"},
	"fault":           {"meta", "blob"},
	"names":           {"meta"},
	"checksum":        {},
	"seal":            {},
	"authz":           {},
	"acl":             {"authz", "s3xml", "xmltree"},
	"sigv4":           {"checksum"},
	"s3code":          {},
	"percent":         {},
	"cors":            {"s3xml", "xmltree"},
	"httphead":        {"object"},
	"postform":        {"sigv4"},
	"xmltree":         {},
	"s3xml":           {},
	"lifecycle":       {"xmltree"},
	"tagging":         {"sigv4", "xmltree"},
	"website":         {"sigv4", "xmltree"},
	"policyreport":    {"authz"},
	"accesslog":       {"object", "authz", "acl", "xmltree"},
	"webhost":         {"object", "s3code", "website"},
	"zipper":          {"s3code", "sigv4"},
	"sse":             {"object", "seal", "sigv4", "s3xml", "xmltree"},
	"objectlock":      {"object", "s3xml", "xmltree"},
	"quota":           {"meta"},
	"region":          {"meta"},
	"object/running":  {"meta"},
	"object/configs":  {"meta"},
	"object/rowcode":  {},
	"object/garbage":  {"object/rowcode"},
	"object/pages":    {"object/rowcode", "seal"},
	"object/metadata": {"object/rowcode"},
	"object":          {"object/running", "object/configs", "object/rowcode", "object/garbage", "object/pages", "object/metadata", "quota", "meta", "blob", "names", "checksum", "authz", "seal"},
	"iam":             {"meta", "names", "authz", "seal", "quota"},
	"audit":           {"meta", "authz", "seal"},
	"usage":           {"meta", "authz", "seal"},
	"s3api":           {"object", "iam", "authz", "acl", "audit", "usage", "seal", "sigv4", "checksum", "obs", "s3code", "s3xml", "xmltree", "httphead", "percent", "postform", "cors", "sse", "objectlock", "tagging", "lifecycle", "website", "accesslog", "policyreport"},
	"control":         {"object", "iam", "quota", "authz", "audit", "usage", "seal", "sigv4", "obs", "api/management", "api/cloud", "api/console"},
	"jobs":            {"object", "iam", "authz", "audit", "usage", "seal", "meta", "blob", "obs", "lifecycle"},
	"bench":           {"sigv4", "checksum"},
	"cli":             {"sigv4", "bench", "api/management", "api/cloud", "api/console"},
	"config":          {},
	"api/management":  {},
	"api/cloud":       {},
	"api/console":     {},
	"house":           {},
}

// mayUseHTTP lists the rooms that may know net/http.
var mayUseHTTP = []string{"s3api", "httphead", "webhost", "zipper", "control", "cli", "obs", "bench", "api/management", "api/cloud", "api/console"}

type file struct {
	path, room string
	tree       *ast.File
	lines      int
	code       int // lines that are neither blank nor a comment
	generated  bool
	test       bool
}

func files(t *testing.T) (*token.FileSet, []file) {
	t.Helper()
	set := token.NewFileSet()
	var out []file
	for _, root := range []string{"../../internal", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			tree, err := parser.ParseFile(set, path, raw, parser.ParseComments)
			if err != nil {
				return err
			}
			room := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), "../../internal/"))
			out = append(out, file{path, room, tree, bytes.Count(raw, []byte("\n")), codeLines(raw), ast.IsGenerated(tree), strings.HasSuffix(path, "_test.go")})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(out) < 20 {
		t.Fatalf("found only %d files: the walk looks in the wrong place", len(out))
	}
	return set, out
}

// codeLines counts what has to be understood: comments help with that and don't count.
func codeLines(raw []byte) (n int) {
	for line := range bytes.Lines(raw) {
		if line = bytes.TrimSpace(line); len(line) > 0 && !bytes.HasPrefix(line, []byte("//")) {
			n++
		}
	}
	return n
}

func TestImports(t *testing.T) {
	_, all := files(t)
	for _, f := range all {
		if f.test || strings.Contains(f.path, "/cmd/") {
			continue
		}
		allowed, known := mayImport[f.room]
		if !known {
			t.Errorf("%s: the room %q is not in the table: say who may import whom before a room is added", f.path, f.room)
			continue
		}
		for _, i := range f.tree.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			switch rest, ours := strings.CutPrefix(path, module+"internal/"); {
			case path == "net/http" && !slices.Contains(mayUseHTTP, f.room):
				t.Errorf("%s imports net/http: only the edges know HTTP, so that every rule can be used and tested without it", f.path)
			case strings.HasPrefix(path, "github.com/cockroachdb/pebble") && f.room != "engine/pebble":
				t.Errorf("%s imports Pebble: an engine is known by its own room alone, so that another can take its place", f.path)
			case ours && rest != f.room && rest != "errs" && rest != "ident" && !slices.Contains(allowed, rest):
				t.Errorf("%s imports %s: %s may use %v; siblings meet through a small interface of the one that asks, wired in cmd", f.path, rest, f.room, allowed)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	_, all := files(t)
	docs := map[string]int{}
	for _, f := range all {
		dir := filepath.Dir(f.path)
		if !f.test {
			docs[dir] += 0
		}
		if f.tree.Doc != nil && !f.test {
			docs[dir]++
			if text := f.tree.Doc.Text(); !strings.Contains(text, "never") && !strings.Contains(text, " no ") && !generated(dir) && !strings.Contains(dir, "/cmd/") {
				t.Errorf("%s: the package comment says what the package is for and what it never does; the second is missing", f.path)
			}
		}
	}
	for dir, n := range docs {
		if n != 1 && !generated(dir) {
			t.Errorf("%s has %d package comments: a reader looks for one", dir, n)
		}
	}
}

// generated reports whether a folder holds what a generator wrote, with comments of its own.
func generated(dir string) bool { return strings.Contains(dir, "/internal/api/") }

func TestSizes(t *testing.T) {
	set, all := files(t)
	packages := map[string]int{}
	long, functions := 0, 0
	for _, f := range all {
		if f.generated || f.test {
			continue
		}
		packages[filepath.Dir(f.path)] += f.code
		if f.lines > 1000 {
			t.Errorf("%s has %d lines: above 1,000 nobody holds a file in mind; split it by concept", f.path, f.lines)
		}
		for _, d := range f.tree.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			functions++
			n := set.Position(fn.End()).Line - set.Position(fn.Pos()).Line + 1
			if n > 70 {
				long++
				t.Logf("%s: %s has %d lines", f.path, fn.Name.Name, n)
			}
			if n > 120 {
				t.Errorf("%s: %s has %d lines: split it", f.path, fn.Name.Name, n)
			}
			if fn.Name.Name == "init" && fn.Recv == nil {
				t.Errorf("%s registers through init: wiring is done in cmd, where it can be read", f.path)
			}
		}
	}
	if long*25 > functions {
		t.Errorf("%d of %d functions are longer than 70 lines: at most 4 in 100 may be", long, functions)
	}
	for dir, n := range packages {
		if n > 6000 {
			t.Errorf("%s has %d lines of code: a room above 6,000 is two rooms", dir, n)
		}
	}
}

func TestNothingIsLeftForLater(t *testing.T) {
	_, all := files(t)
	marks := []string{"TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"}
	for _, f := range all {
		for _, g := range f.tree.Comments {
			for _, m := range marks {
				if strings.Contains(g.Text(), m) {
					t.Errorf("%s: a comment says %s: do it, or open an issue", f.path, m)
				}
			}
		}
	}
}

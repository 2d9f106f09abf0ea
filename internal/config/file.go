package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"coffer/internal/errs"
)

// maxFile bounds a configuration file, in bytes.
const maxFile = 1 << 20

// PathFrom finds the configuration file named in args (--config FILE or --config=FILE) or by COFFER_CONFIG; "" if none is.
func PathFrom(args []string, getenv func(string) string) string {
	for i, a := range args {
		if a == "--" {
			break
		}
		if v, ok := strings.CutPrefix(a, "--config="); ok {
			return v
		}
		if a == "--config" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return getenv("COFFER_CONFIG")
}

// File answers kong's questions for flags from a configuration file. An unknown key is an error that names it.
type File struct {
	values map[string]string
	getenv func(string) string
}

// ReadFile reads the file at path.
func ReadFile(path string, getenv func(string) string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errs.New(errs.Invalid, "", "configuration file: "+err.Error())
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, errs.Fault("config.ReadFile", err)
	}
	if len(raw) > maxFile {
		return nil, errs.New(errs.Limit, "", fmt.Sprintf("configuration file %s: more than %d bytes", path, maxFile))
	}
	return parse(path, raw, getenv)
}

func parse(path string, raw []byte, getenv func(string) string) (*File, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, errs.New(errs.Invalid, "", fmt.Sprintf("configuration file %s: %v", path, err))
	}
	known := Names()
	out := &File{values: map[string]string{}, getenv: getenv}
	for k, v := range doc {
		if !slices.Contains(known, k) || k == "config" {
			return nil, errs.New(errs.Invalid, "", fmt.Sprintf("configuration file %s: unknown setting %q; `coffer config` lists them all", path, k))
		}
		s, err := scalar(v)
		if err != nil {
			return nil, errs.New(errs.Invalid, "", fmt.Sprintf("configuration file %s: setting %s: %v", path, k, err))
		}
		out.values[k] = s
	}
	return out, nil
}

func scalar(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool, int, int64, uint64:
		return fmt.Sprint(v), nil
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok {
				return "", errors.New("a list holds words only")
			}
			parts[i] = s
		}
		return strings.Join(parts, ","), nil
	}
	return "", errors.New("write a word, a number, true, false or a list of words")
}

// Validate is kong's; the keys were checked when the file was read.
func (f *File) Validate(*kong.Application) error { return nil }

// Resolve is kong's: the environment wins over the file.
func (f *File) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, e := range flag.Envs {
		if f.getenv(e) != "" {
			return nil, nil
		}
	}
	v, ok := f.values[flag.Name]
	if !ok {
		return nil, nil
	}
	return v, nil
}

type field struct {
	name, env, fallback, help string
	value                     reflect.Value
}

func fields(s *Serve) []field {
	v := reflect.ValueOf(s).Elem()
	out := make([]field, 0, v.NumField())
	for i := range v.NumField() {
		t := v.Type().Field(i)
		name := t.Tag.Get("name")
		if name == "" {
			name = strings.ToLower(t.Name)
		}
		out = append(out, field{name, t.Tag.Get("env"), t.Tag.Get("default"), t.Tag.Get("help"), v.Field(i)})
	}
	return out
}

// Names lists the settings.
func Names() []string {
	var names []string
	for _, f := range fields(&Serve{}) {
		names = append(names, f.name)
	}
	return names
}

// Print writes the configuration in effect as a file that could be read back, each setting with its explanation. Passwords are not
// written.
func Print(w io.Writer, s *Serve) error {
	for _, f := range fields(s) {
		if f.name == "config" {
			continue
		}
		value := fmt.Sprint(f.value.Interface())
		if l, ok := f.value.Interface().([]string); ok {
			value = strings.Join(l, ",")
		}
		if f.name == "owner-password" {
			value = ""
		}
		line := fmt.Sprintf("%s: %q", f.name, value)
		if k := f.value.Kind(); k != reflect.String && k != reflect.Slice {
			line = fmt.Sprintf("%s: %s", f.name, value)
		}
		if value == "" {
			line = "# " + f.name + ":"
		}
		if _, err := fmt.Fprintf(w, "# %s\n# Flag --%s, environment %s.\n%s\n\n", f.help, f.name, f.env, line); err != nil {
			return err
		}
	}
	return nil
}

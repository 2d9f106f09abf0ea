package config

import (
	"bytes"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func parseArgs(t *testing.T, file string, env map[string]string, args ...string) (*Serve, error) {
	t.Helper()
	for k, v := range env {
		t.Setenv(k, v)
	}
	var s Serve
	options := []kong.Option{kong.Exit(func(int) { t.Fatal("kong wanted to exit") })}
	if file != "" {
		f, err := parse("test.yaml", []byte(file), func(name string) string { return env[name] })
		if err != nil {
			return nil, err
		}
		options = append(options, kong.Resolvers(f))
	}
	k, err := kong.New(&s, options...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Parse(args); err != nil {
		return nil, err
	}
	return &s, nil
}

func TestPrecedence(t *testing.T) {
	file := "s3-listen: file:1\ncontrol-listen: file:2\ndata: from-file\ns3-domain: [a.example, b.example]\n"
	s, err := parseArgs(t, file, map[string]string{"COFFER_CONTROL_LISTEN": "env:2", "COFFER_DATA": "from-env"}, "--data", "from-flag")
	if err != nil {
		t.Fatal(err)
	}
	if s.S3Listen != "file:1" || s.ControlListen != "env:2" || s.Data != "from-flag" || s.LogLevel != "info" || len(s.S3Domain) != 2 {
		t.Fatalf("flag over environment over file over default does not hold: %+v", s)
	}
}

func TestBadFilesNameTheSetting(t *testing.T) {
	for file, want := range map[string]string{
		"s3listen: x":            `unknown setting "s3listen"`,
		"s3-listen: {a: b}":      "setting s3-listen",
		"config: other.yaml":     `unknown setting "config"`,
		"s3-domain: [1, 2]":      "setting s3-domain",
		"- a\n- b":               "test.yaml",
		"log-level: [info]\n\t:": "test.yaml",
	} {
		if _, err := parseArgs(t, file, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %s", file, err, want)
		}
	}
}

func TestCheckNamesTheSetting(t *testing.T) {
	ok, err := parseArgs(t, "", nil, "--regions", "de=user-owned,eu-central-3=contract-owned", "--trusted-proxies", "10.0.0.0/8,192.0.2.1", "--s3-url", "https://s3.example.com/")
	if err != nil {
		t.Fatal(err)
	}
	p, err := ok.Check()
	if err != nil || len(p.Regions) != 2 || p.Regions[0].Name != "de" || len(p.Proxies) != 2 || ok.S3URL != "https://s3.example.com" {
		t.Fatalf("a right configuration: %+v %v", p, err)
	}
	for _, args := range [][]string{
		{"--regions", "de"}, {"--regions", "DE=user-owned"}, {"--regions", "a=user-owned,a=contract-owned"}, {"--regions", "a=both"},
		{"--trusted-proxies", "everyone"}, {"--s3-url", "s3.example.com"}, {"--control-url", "https://x/console"}, {"--tls-cert", "x"},
		{"--cache-mib", "0"}, {"--max-connections", "0"}, {"--audit-days", "36501"}, {"--usage-days", "36501"},
	} {
		s, err := parseArgs(t, "", nil, args...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Check(); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(args[0], "--")) {
			t.Errorf("%v: got %v, want an error that names the setting", args, err)
		}
	}
}

func TestPrintedConfigurationReadsBack(t *testing.T) {
	s, err := parseArgs(t, "", nil, "--data", "/srv/coffer", "--owner-password", "not to be seen", "--reserve-mib", "7")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Print(&out, s); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "not to be seen") {
		t.Error("the printed configuration holds the password")
	}
	for _, name := range Names() {
		if name != "config" && !strings.Contains(out.String(), "--"+name) {
			t.Errorf("setting %s is not explained", name)
		}
	}
	again, err := parseArgs(t, out.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if again.Data != s.Data || again.ReserveMiB != 7 || len(again.Regions) != 2 {
		t.Errorf("read back: %+v", again)
	}
}

func TestPathFrom(t *testing.T) {
	env := func(string) string { return "env.yaml" }
	for want, args := range map[string][]string{"a": {"serve", "--config", "a"}, "b": {"serve", "--config=b"}, "env.yaml": {"serve"}} {
		if got := PathFrom(args, env); got != want {
			t.Errorf("%v: %q, want %q", args, got, want)
		}
	}
}

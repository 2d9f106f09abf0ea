package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// profile is a server with a token that was made there.
type profile struct {
	URL     string    `json:"url"`
	Email   string    `json:"email"`
	UserID  string    `json:"userId"`
	Token   string    `json:"token"` // as secret as a password
	Expires time.Time `json:"expires"`
	CAFile  string    `json:"caFile,omitempty"`
}

type profiles struct {
	Profiles map[string]profile `json:"profiles"`
}

func profilePath(configDir string) string { return filepath.Join(configDir, "coffer", "profiles.json") }

// readProfiles reads the user's profiles; there are none where the file is absent.
func readProfiles(configDir string) (*profiles, error) {
	all := &profiles{Profiles: map[string]profile{}}
	if configDir == "" {
		return all, nil
	}
	raw, err := os.ReadFile(profilePath(configDir))
	if errors.Is(err, os.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, fmt.Errorf("profiles: %w", err)
	}
	if err := json.Unmarshal(raw, all); err != nil {
		return nil, fmt.Errorf("profiles: %s is damaged (%w); remove it and sign in again", profilePath(configDir), err)
	}
	if all.Profiles == nil {
		all.Profiles = map[string]profile{}
	}
	return all, nil
}

// write replaces the file whole, readable by its owner alone.
func (p *profiles) write(configDir string) error {
	if configDir == "" {
		return usage("there is no folder to keep profiles in: set HOME or XDG_CONFIG_HOME, or use COFFER_TOKEN instead of signing in")
	}
	path := profilePath(configDir)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("profiles: %w", err)
	}
	raw, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "profiles-*")
	if err != nil {
		return fmt.Errorf("profiles: %w", err)
	}
	defer os.Remove(f.Name()) // it is gone after the rename
	_, err = f.Write(append(raw, '\n'))
	if err := errors.Join(err, f.Chmod(0o600), f.Close()); err != nil {
		return fmt.Errorf("profiles: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("profiles: %w", err)
	}
	return nil
}

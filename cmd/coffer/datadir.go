package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"coffer/internal/errs"
)

// dataDir is the locked data folder.
type dataDir struct {
	path string
	lock *os.File
}

// openDataDir makes the folder if it is absent and locks it against a second process until close.
func openDataDir(path string) (*dataDir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, errs.New(errs.Invalid, "", fmt.Sprintf("data folder %s (--data): %v", path, err))
	}
	name := filepath.Join(path, "lock")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, errs.New(errs.Invalid, "", fmt.Sprintf("data folder %s (--data): %v", path, err))
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errs.New(errs.Conflict, "", fmt.Sprintf("the data folder %s is in use by another coffer%s: stop it, or choose another folder with --data", path, holder(name)))
		}
		return nil, errs.Fault("datadir.lock", err)
	}
	if err := errors.Join(f.Truncate(0), writePid(f)); err != nil {
		f.Close()
		return nil, errs.Fault("datadir.lock", err)
	}
	return &dataDir{path, f}, nil
}

func writePid(f *os.File) error {
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func holder(name string) string {
	raw, err := os.ReadFile(name)
	if pid := strings.TrimSpace(string(raw)); err == nil && pid != "" {
		return " (process " + pid + ")"
	}
	return ""
}

func (d *dataDir) file(name string) string { return filepath.Join(d.path, name) }

func (d *dataDir) close() { d.lock.Close() }

// secretFile returns the content of a file of mode 0600, made by generate at first.
func (d *dataDir) secretFile(name string, generate func() (string, error)) (string, error) {
	path := d.file(name)
	raw, err := os.ReadFile(path)
	if err == nil {
		s := strings.TrimSpace(string(raw))
		if s == "" {
			return "", errs.New(errs.Invalid, "", fmt.Sprintf("%s is empty: remove it to have a new one made", path))
		}
		return s, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", errs.New(errs.Invalid, "", err.Error())
	}
	s, err := generate()
	if err != nil {
		return "", err
	}
	return s, errs.Fault("datadir.secretFile", writeDurably(path, []byte(s+"\n"), 0o600))
}

// writeDurably writes a new file whole or not at all, and syncs it with its folder.
func writeDurably(path string, data []byte, mode os.FileMode) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, werr := f.Write(data)
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

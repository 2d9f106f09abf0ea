// Package tagging reads, checks and writes tags in S3's forms: the header x-amz-tagging and the Tagging document. It never stores them and
// never decides who may.
package tagging

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"coffer/internal/errs"
	"coffer/internal/sigv4"
	"coffer/internal/xmltree"
)

// Limits of tags. Source: AWS S3 User Guide, "Categorizing your objects using tags" and "Using cost allocation S3 bucket tags".
const (
	MaxObject = 10  // tags of an object
	MaxBucket = 50  // tags of a bucket
	maxKey    = 128 // characters
	maxValue  = 256 // characters
)

func invalid(why, key string) error {
	if len(key) > maxKey {
		key = key[:maxKey]
	}
	return errs.New(errs.Invalid, "InvalidTag", why).Because(sigv4.Details{{Name: "TagKey", Value: key}})
}

// check refuses a tag that S3 refuses.
func check(key, value string) error {
	switch {
	case key == "" || utf8.RuneCountInString(key) > maxKey || !isText(key):
		return invalid("The TagKey you have provided is invalid", key)
	case utf8.RuneCountInString(value) > maxValue || !isText(value):
		return invalid("The TagValue you have provided is invalid", key)
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		return invalid("System tags cannot be added/updated by requester", key)
	}
	return nil
}

// isText reports whether a name or value is of the characters that S3 takes: letters, separators and numbers of Unicode, and a few marks.
// Source: AWS Resource Groups Tagging API Reference, Tag: the pattern of tags.
func isText(s string) bool {
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune("+-=._:/@", r) {
			return false
		}
	}
	return utf8.ValidString(s)
}

// add checks a tag and adds it.
func add(tags map[string]string, key, value string) error {
	if err := check(key, value); err != nil {
		return err
	}
	if _, twice := tags[key]; twice {
		return invalid("Cannot provide multiple Tags with the same key", key)
	}
	tags[key] = value
	return nil
}

func tooMany(most int) error {
	if most == MaxBucket {
		return errs.New(errs.Invalid, "BadRequest", "Bucket tag count cannot be greater than 50")
	}
	return errs.New(errs.Invalid, "BadRequest", "Object tags cannot be greater than 10")
}

// FromHeader reads tags in the form of x-amz-tagging: a query string. errs.Invalid with code InvalidArgument, InvalidTag or BadRequest.
func FromHeader(v string) (map[string]string, error) {
	tags := map[string]string{}
	count := 0
	for v != "" {
		var pair string
		if pair, v, _ = strings.Cut(v, "&"); pair == "" {
			continue
		}
		if count++; count > MaxObject {
			return nil, tooMany(MaxObject)
		}
		key, value, _ := strings.Cut(pair, "=")
		unencoded := strings.Contains(value, "=") // S3 takes it for the start of another value
		key, err := url.QueryUnescape(key)
		if err == nil {
			value, err = url.QueryUnescape(value)
		}
		_, twice := tags[key]
		if err != nil || key == "" || twice || unencoded {
			return nil, errs.New(errs.Invalid, "InvalidArgument", "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
		}
		if err := add(tags, key, value); err != nil {
			return nil, err
		}
	}
	return tags, nil
}

// Set makes a set of pairs of key and value, at most most of them: MaxObject or MaxBucket. Errors as of FromHeader.
func Set(pairs [][2]string, most int) (map[string]string, error) {
	tags := make(map[string]string, len(pairs))
	for _, p := range pairs {
		if err := add(tags, p[0], p[1]); err != nil {
			return nil, err
		}
	}
	if len(tags) > most {
		return nil, tooMany(most)
	}
	return tags, nil
}

// FromDocument reads a Tagging document with at most most tags: MaxObject or MaxBucket. Errors as of FromHeader, and MalformedXML.
func FromDocument(doc []byte, most int) (map[string]string, error) {
	root, err := xmltree.Parse(doc, "Tagging")
	if err != nil {
		return nil, err
	}
	root.Only("TagSet")
	set := root.One("TagSet")
	if set == nil {
		root.Bad()
	}
	set.Only("Tag")
	tags := map[string]string{}
	var wrong error
	for _, t := range set.All("Tag") {
		t.Only("Key", "Value")
		key, value := t.One("Key"), t.One("Value")
		if key == nil || value == nil {
			t.Bad()
		}
		if err := add(tags, key.Text(), value.Text()); err != nil && wrong == nil {
			wrong = err
		}
	}
	switch err := root.Err(); {
	case err != nil:
		return nil, err
	case wrong != nil:
		return nil, wrong
	case len(tags) > most:
		return nil, tooMany(most)
	}
	return tags, nil
}

// Document writes a Tagging document, tags in order of their keys.
func Document(tags map[string]string) []byte {
	keys := make([]string, 0, len(tags))
	for k := range tags {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var w xmltree.Writer
	w.Root("Tagging")
	w.Open("TagSet")
	for _, k := range keys {
		w.Open("Tag")
		w.Text("Key", k)
		w.Text("Value", tags[k])
		w.Close("Tag")
	}
	w.Close("TagSet")
	w.Close("Tagging")
	return w.Bytes()
}

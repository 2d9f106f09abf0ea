package main

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"coffer/internal/accesslog"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/jobs"
	"coffer/internal/lifecycle"
	"coffer/internal/object"
)

// accessLogs makes what gathers the lines of access logs. It is set going when the S3 handler is there, which writes them.
func (s *system) accessLogs() *accesslog.Sink {
	return accesslog.NewSink(accesslog.SinkConfig{Clock: time.Now, Unique: uniqueName, Every: time.Duration(s.config.AccessLogSecs) * time.Second, Log: s.log})
}

// followRules starts the job of lifecycle rules. What they delete is in the bucket's access log, as AWS has it.
func (s *system) followRules() {
	s.rules = jobs.NewLifecycle(jobs.LifecycleConfig{Objects: s.objects, Meta: s.meta, Contracts: s.contracts, Clock: time.Now, Day: s.config.Day(),
		Done: s.noteExpired, Log: s.log})
	s.rules.Start()
	s.closers = append(s.closers, func() error { s.rules.Stop(); return nil })
}

func (s *system) noteExpired(b *object.Bucket, a lifecycle.Action, key ident.ObjectKey, d object.Deleted) {
	if b.Configs[accesslog.Document] == nil {
		return
	}
	name := "S3.EXPIRE.OBJECT"
	switch {
	case a == lifecycle.AbortUpload:
		name = "S3.DELETE.UPLOAD"
	case a == lifecycle.Expire && d.DeleteMarker:
		name = "S3.CREATE.DELETEMARKER"
	}
	e := accesslog.Expired(b, name, key, d.Version, uniqueName(), time.Now())
	s.lines.Note(b, &e)
}

// deliverLogs starts the delivery of access logs through the S3 handler.
func (s *system) deliverLogs(s3 http.Handler) error {
	w, ok := s3.(accesslog.Writer)
	if !ok {
		return errs.New(errs.Internal, "", "the S3 handler writes no access logs")
	}
	s.lines.Start(w)
	s.closers = append(s.closers, func() error { s.lines.Stop(); return nil })
	return nil
}

// uniqueName is the end of a log object's key.
func uniqueName() string {
	var b [8]byte
	rand.Read(b[:])
	return strings.ToUpper(hex.EncodeToString(b[:]))
}

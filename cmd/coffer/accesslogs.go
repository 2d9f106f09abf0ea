package main

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"coffer/internal/accesslog"
	"coffer/internal/errs"
	"coffer/internal/object"
)

// accessLogs makes what gathers the lines of access logs. It is set going when the S3 handler is there, which writes them.
func (s *system) accessLogs() func(*object.Bucket, *accesslog.Entry) {
	s.lines = accesslog.NewSink(accesslog.SinkConfig{Clock: time.Now, Unique: uniqueName, Every: time.Duration(s.config.AccessLogSecs) * time.Second, Log: s.log})
	return s.lines.Note
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

package object

import (
	"io"
	"log/slog"
	"time"

	"coffer/internal/blob"
	"coffer/internal/meta"
)

// Config is what a Service is made of.
type Config struct {
	Meta  meta.Store
	Blobs blob.Store
	Clock func() time.Time
	Rand  io.Reader // ids of buckets and uploads
	Log   *slog.Logger
}

// Service implements API over the two seams. It is safe for concurrent use.
type Service struct {
	cfg Config
}

// New returns a Service. Call Recover before the first request.
func New(cfg Config) (*Service, error) {
	return &Service{cfg: cfg}, nil
}

package iam

import (
	"context"
	"io"
	"log/slog"

	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/seal"
)

// BucketCounter counts buckets: the user-owned ones of a user, or the contract-owned ones of the contract when user is "".
type BucketCounter interface {
	CountBuckets(ctx context.Context, c ident.ContractID, user ident.UserID) (int, error)
}

// Config is what the room needs.
type Config struct {
	Meta          meta.Store
	Keyring       *seal.Keyring
	Buckets       BucketCounter
	Clock         Clock
	Rand          io.Reader // cryptographically strong
	Log           *slog.Logger
	OperatorToken string // content of operator.token; at least 32 characters
}

// Service implements API.
type Service struct {
	API
	cfg Config
}

// New makes the room. It does no I/O; Recover finishes what a crash interrupted.
func New(cfg Config) (*Service, error) { return &Service{cfg: cfg}, nil }

// Recover finishes recorded intents. It is called once, before the listeners open.
func (s *Service) Recover(ctx context.Context) error { return nil }

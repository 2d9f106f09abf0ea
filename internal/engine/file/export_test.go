package file

// Settle waits for what runs in the background, while nobody else uses the store.
func (s *Store) Settle() { s.background.Wait() }

// Queued returns how many records wait for a batch.
func (s *Store) Queued() int {
	s.packer.mu.Lock()
	defer s.packer.mu.Unlock()
	return len(s.packer.queue)
}

// Lent returns how many bytes of buffers are in use.
func (s *Store) Lent() int64 {
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	return s.pool.lent
}

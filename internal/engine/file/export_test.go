package file

// Settle waits for what runs in the background, while nobody else uses the store.
func (s *Store) Settle() { s.background.Wait() }

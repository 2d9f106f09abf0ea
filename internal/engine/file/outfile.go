package file

import "path/filepath"

// outFile is a file of its own on its way to the disk. While one buffer is written the next is filled.
type outFile struct {
	s *Store
	place
	seed uint32
	f    File
	off  int64 // where the next buffer goes

	running bool
	done    chan error // one outcome for each running write

	// Of the bytes summed so far; the running write owns these.
	sums    []uint32
	sum     uint32
	inBlock int64 // bytes of the block that is not complete
	settled bool  // all bytes of the blob are summed
}

func (s *Store) newOutFile() (*outFile, error) {
	id := fileID{s.session, homeFile, s.files.Add(1)}
	for _, dir := range []string{s.folder(id), filepath.Dir(s.tempPath(id))} {
		if err := s.dirs.need(dir); err != nil {
			return nil, err
		}
	}
	f, err := s.o.FS.Create(s.tempPath(id), s.direct)
	if err != nil {
		return nil, err
	}
	o := &outFile{s: s, place: place{fileID: id}, seed: blobID{id.session, id.home, id.number}.seed(), f: f, done: make(chan error, 1)}
	return o, nil
}

// write sums and writes the first n bytes of b behind those before, in the background, and gives b back to the pool. It waits
// for the write before, and returns that one's error.
func (o *outFile) write(b []byte, n int) error {
	if err := o.wait(); err != nil {
		o.s.pool.put(b)
		return err
	}
	off := o.off
	o.off += int64(n)
	o.running = true
	go func() {
		if !o.settled {
			o.add(b[:n])
		}
		err := o.s.write(o.f, b[:n], off)
		o.s.pool.put(b)
		o.done <- err
	}()
	return nil
}

func (o *outFile) wait() error {
	if !o.running {
		return nil
	}
	o.running = false
	return <-o.done
}

// add sums bytes of the blob.
func (o *outFile) add(p []byte) {
	for len(p) > 0 {
		if o.inBlock == 0 {
			o.sum = blockSeed(o.seed, int64(len(o.sums)))
		}
		n := min(int64(len(p)), blockBytes-o.inBlock)
		o.sum = checksum(o.sum, p[:n])
		p = p[n:]
		if o.inBlock += n; o.inBlock == blockBytes {
			o.sums, o.inBlock = append(o.sums, o.sum), 0
		}
	}
}

// settle sums the last bytes of the blob.
func (o *outFile) settle(p []byte) error {
	if err := o.wait(); err != nil {
		return err
	}
	o.add(p)
	if o.inBlock > 0 {
		o.sums, o.inBlock = append(o.sums, o.sum), 0
	}
	o.settled = true
	return nil
}

// publish makes the file durable under its name.
func (o *outFile) publish() error {
	if err := o.wait(); err != nil {
		return err
	}
	if err := o.s.syncFile(o.f); err != nil {
		return err
	}
	if err := o.s.o.FS.Rename(o.s.tempPath(o.fileID), o.s.path(o.fileID)); err != nil {
		return err
	}
	if err := o.s.dirs.sync(o.s.folder(o.fileID)); err != nil {
		return err
	}
	_ = o.f.Close() // all is durable
	return nil
}

// discard removes the file, under whichever name it has. What can't be removed now is removed at the next start.
func (o *outFile) discard() {
	_ = o.wait()
	_ = o.f.Close()
	if o.s.o.FS.Remove(o.s.tempPath(o.fileID)) != nil {
		_ = o.s.o.FS.Remove(o.s.path(o.fileID))
	}
}

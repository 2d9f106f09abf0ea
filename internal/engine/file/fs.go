package file

// FS is what the store asks of the operating system, so that tests can fail any call and lose what was not synced. Names are
// full paths. Errors satisfy errors.Is with fs.ErrNotExist, fs.ErrExist and errors.ErrUnsupported. It is safe for concurrent use.
type FS interface {
	// Mkdir makes one folder; an existing one is fine.
	Mkdir(name string) error
	// ReadDir returns the names in a folder in byte order.
	ReadDir(name string) ([]string, error)
	// OpenDir opens a folder to sync its names.
	OpenDir(name string) (Dir, error)
	// Create makes a file that must not exist. direct asks for writes round the page cache: they then must be aligned to 4,096
	// bytes in memory, offset and length, and errors.ErrUnsupported or syscall.EINVAL says that the file system can't.
	Create(name string, direct bool) (File, error)
	// Open opens a file for reading and freeing. random tells that reads near one another mean nothing.
	Open(name string, random bool) (File, error)
	// Rename moves a file within the store.
	Rename(from, to string) error
	// Remove removes a file or an empty folder.
	Remove(name string) error
	// Free returns the bytes that a write may still take on the disk of name.
	Free(name string) (int64, error)
}

// Dir is an open folder.
type Dir interface {
	// Sync returns when the folder's names are durable.
	Sync() error
	Close() error
}

// File is an open file. All but Close are safe for concurrent use.
type File interface {
	// ReadAt fills p, then q, from consecutive bytes at off, and returns how many it filled: fewer only at the file's end.
	ReadAt(p, q []byte, off int64) (int, error)
	// WriteAt writes all of the buffers, one behind the other from off on, or fails. It may change the slice that lists them.
	WriteAt(buffers [][]byte, off int64) error
	Size() (int64, error)
	// Allocate makes the file size bytes long with room on the disk for all of them, or errors.ErrUnsupported.
	Allocate(size int64) error
	Truncate(size int64) error
	// Punch gives back the room of n bytes at off, which read as zeros from then on, or errors.ErrUnsupported.
	Punch(off, n int64) error
	// NextData returns the first offset from off on that may hold data, or io.EOF when only holes follow.
	NextData(off int64) (int64, error)
	// Sync returns when all written before the call is durable, with what is needed to read it again.
	Sync() error
	Close() error
}

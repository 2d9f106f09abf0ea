package blackbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
)

// sizes cover every home of bytes: a row, a segment, a file, a multipart upload.
var sizes = []int{64, 4000, 4097, 60_000, 900_000, 1_500_000, 11 << 20}

// content is the object of a key's generation: it names both, so that a reader can tell what it should be.
func content(key string, generation uint64) []byte {
	var seed [32]byte
	copy(seed[:], key)
	binary.BigEndian.PutUint64(seed[24:], generation)
	r := rand.NewChaCha8(seed)
	size := sizes[r.Uint64()%uint64(len(sizes))]
	out := make([]byte, size)
	r.Read(out)
	binary.BigEndian.PutUint64(out, generation)
	return out
}

// ledger remembers, for each key, the generation last acknowledged and the one last tried.
type ledger struct {
	mu           sync.Mutex
	acked, tried map[string]uint64
}

func (l *ledger) next(key string) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tried[key]++
	return l.tried[key]
}

func (l *ledger) ack(key string, generation uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked[key] = generation
}

// TestKilledServerKeepsWhatItAcknowledged kills the server in the middle of uploads, again and again.
func TestKilledServerKeepsWhatItAcknowledged(t *testing.T) {
	rounds, writers := 4, 8
	if n, err := strconv.Atoi(os.Getenv("COFFER_CRASH_ROUNDS")); err == nil {
		rounds = n
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	data := t.TempDir()
	l := &ledger{acked: map[string]uint64{}, tried: map[string]uint64{}}
	s := Start(t, data)
	key := s.OwnerKey(t)
	if err := s.Minio(t, key).MakeBucket(t.Context(), "crash", minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	for round := range rounds {
		write(t, s, key, l, writers, round, time.Duration(300+random.IntN(900))*time.Millisecond)
		s = Start(t, data)
		check(t, s, key, l)
	}
	if len(l.acked) == 0 {
		t.Fatal("nothing was acknowledged: the test tested nothing")
	}
	t.Logf("%d keys acknowledged, %d tried, %d rounds", len(l.acked), len(l.tried), rounds)
	if code := s.Stop(t); code != 0 {
		t.Fatalf("exit code %d after SIGTERM\n%s", code, s.Output())
	}
}

// write puts new keys and writes old ones again until the server was killed, after the given time.
func write(t *testing.T, s *Server, pair Pair, l *ledger, writers, round int, life time.Duration) {
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			client := s.Minio(t, pair)
			for i := 0; ctx.Err() == nil; i++ {
				name := fmt.Sprintf("w%d/r%d/%04d", w, round, i)
				if i%3 == 0 {
					name = fmt.Sprintf("w%d/again", w)
				}
				generation := l.next(name)
				body := content(name, generation)
				if _, err := client.PutObject(ctx, "crash", name, bytes.NewReader(body), int64(len(body)), minio.PutObjectOptions{PartSize: 5 << 20}); err == nil {
					l.ack(name, generation)
				}
			}
		})
	}
	time.Sleep(life)
	s.Kill()
	cancel()
	group.Wait()
}

// check reads every key: what was acknowledged is there, whole, and nothing is half visible.
func check(t *testing.T, s *Server, pair Pair, l *ledger) {
	t.Helper()
	client := s.Minio(t, pair)
	listed := map[string]int64{}
	for o := range client.ListObjects(t.Context(), "crash", minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		listed[o.Key] = o.Size
	}
	for name, tried := range l.tried {
		size, there := listed[name]
		got, err := read(t.Context(), client, name)
		switch {
		case err != nil && minio.ToErrorResponse(err).Code == "NoSuchKey":
			if l.acked[name] > 0 || there {
				t.Fatalf("%s: acknowledged as generation %d (listed: %v), and gone", name, l.acked[name], there)
			}
			continue
		case err != nil:
			t.Fatalf("%s: %v", name, err)
		case len(got) < 8 || !there || size != int64(len(got)):
			t.Fatalf("%s: listed with %d bytes (%v), read %d", name, size, there, len(got))
		}
		generation := binary.BigEndian.Uint64(got)
		if generation < l.acked[name] || generation > tried {
			t.Fatalf("%s: holds generation %d, acknowledged %d, tried %d", name, generation, l.acked[name], tried)
		}
		if !bytes.Equal(got, content(name, generation)) {
			t.Fatalf("%s: generation %d is not whole", name, generation)
		}
	}
}

func read(ctx context.Context, client *minio.Client, name string) ([]byte, error) {
	o, err := client.GetObject(ctx, "crash", name, minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	return io.ReadAll(o)
}

// TestSecondServerIsRefused: two processes never share a data folder, and a busy port is named with its flag.
func TestSecondServerIsRefused(t *testing.T) {
	data := t.TempDir()
	s := Start(t, data)
	out, err := runServe(t, "--data", data, "--s3-listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0")
	if err == nil || !bytes.Contains(out, []byte("--data")) {
		t.Errorf("a second server on the same folder: %v\n%s", err, out)
	}
	out, err = runServe(t, "--data", t.TempDir(), "--s3-listen", s.S3URL[len("http://"):], "--control-listen", "127.0.0.1:0")
	if err == nil || !bytes.Contains(out, []byte("--s3-listen")) {
		t.Errorf("a busy port: %v\n%s", err, out)
	}
	var none *os.PathError
	if errors.As(err, &none) {
		t.Errorf("the binary did not run: %v", err)
	}
}

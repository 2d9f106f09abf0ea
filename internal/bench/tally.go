package bench

import (
	"math/bits"
	"time"
)

// The histogram's buckets: exact below 128 µs/10, then 128 to a doubling, so that a value is off by less than 0.8 %.
const (
	unit       = 100 * time.Nanosecond
	subBits    = 7
	sub        = 1 << subBits
	doublings  = 34 - subBits // up to 2^33 units: 14 minutes
	numBuckets = (doublings + 1) * sub
)

// histogram counts durations in constant memory.
type histogram struct {
	counts [numBuckets]uint32
	n      int64
	max    time.Duration
}

func bucketOf(d time.Duration) int {
	v := uint64(max(d, 0) / unit)
	if v < sub {
		return int(v)
	}
	shift := bits.Len64(v) - subBits - 1
	return min((shift+1)*sub+int(v>>shift)-sub, numBuckets-1)
}

// floor is the smallest duration of a bucket.
func floor(bucket int) time.Duration {
	if bucket < sub {
		return time.Duration(bucket) * unit
	}
	shift := bucket/sub - 1
	return time.Duration(bucket%sub+sub) << shift * unit
}

func (h *histogram) add(d time.Duration) {
	h.counts[bucketOf(d)]++
	h.n++
	h.max = max(h.max, d)
}

func (h *histogram) merge(o *histogram) {
	for i, c := range o.counts {
		h.counts[i] += c
	}
	h.n += o.n
	h.max = max(h.max, o.max)
}

// quantile returns the middle of the bucket in which the q-th of all durations lies.
func (h *histogram) quantile(q float64) time.Duration {
	rank := int64(q*float64(h.n) + 0.999999)
	var seen int64
	for i, c := range h.counts {
		if seen += int64(c); c > 0 && seen >= rank {
			return min((floor(i)+floor(i+1))/2, h.max)
		}
	}
	return h.max
}

// tally is what was measured of an endpoint in a row, by one thread or all.
type tally struct {
	latency [numVerbs]histogram
	bytes   int64 // of objects, in either direction
	errors  int64
	first   string // error
}

func (t *tally) fail(text string) {
	if t.errors++; t.first == "" {
		t.first = text
	}
}

func (t *tally) merge(o *tally) {
	for i := range o.latency {
		t.latency[i].merge(&o.latency[i])
	}
	t.bytes += o.bytes
	t.errors += o.errors
	if t.first == "" {
		t.first = o.first
	}
}

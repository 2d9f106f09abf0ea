package metatest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// modelSteps is the number of random operations of one run.
const modelSteps = 1500

// Seed returns a fresh seed, or the one in COFFER_TEST_SEED, and prints it if the test fails.
func Seed(t *testing.T) uint64 {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("COFFER_TEST_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("COFFER_TEST_SEED: %v", err)
		}
		seed = n
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("run again with COFFER_TEST_SEED=%d", seed)
		}
	})
	return seed
}

// againstModel does random operations on the store and on plain maps.
func againstModel(t *testing.T, s meta.Store) {
	seed := Seed(t)
	m := &model{t: t, s: s, rnd: rand.New(rand.NewPCG(seed, 1)), parts: map[meta.Partition]*modelPart{}}
	steps := []struct {
		weight int
		do     func()
	}{
		{40, m.update}, {20, m.get}, {20, m.scan}, {5, m.count}, {5, m.queue}, {3, m.trim}, {3, m.fence}, {1, m.drop}, {3, m.partitions},
	}
	total := 0
	for _, st := range steps {
		total += st.weight
	}
	for i := 0; i < modelSteps && !t.Failed(); i++ {
		n := m.rnd.IntN(total)
		for _, st := range steps {
			if n -= st.weight; n < 0 {
				st.do()
				break
			}
		}
	}
}

type model struct {
	t     *testing.T
	s     meta.Store
	rnd   *rand.Rand
	parts map[meta.Partition]*modelPart
	named int // partitions made so far: a dropped one is replaced
}

type modelPart struct {
	name     meta.Partition
	rows     map[meta.Key]string
	counters map[meta.Counter]int64
	queues   map[meta.Queue][]string
	trimmed  map[meta.Queue]int
	closed   bool
	dropped  bool
}

func (m *model) part() *modelPart {
	slot := m.rnd.IntN(3)
	for i := m.named - 1; ; i-- {
		if i < m.named-3 || i < 0 {
			break
		}
		if i%3 == slot {
			return m.parts[name(i)]
		}
	}
	p := &modelPart{name: name(m.named), rows: map[meta.Key]string{}, counters: map[meta.Counter]int64{},
		queues: map[meta.Queue][]string{}, trimmed: map[meta.Queue]int{}}
	m.parts[p.name] = p
	m.named++
	return p
}

func name(i int) meta.Partition { return meta.Partition(fmt.Sprintf("p/%d", i)) }

func (m *model) word() string        { return strange[m.rnd.IntN(len(strange))] }
func (m *model) route() meta.Route   { return meta.Route(m.word()) }
func (m *model) kind() meta.Kind     { return []meta.Kind{1, 2, 255}[m.rnd.IntN(3)] }
func (m *model) queueNo() meta.Queue { return meta.Queue(1 + m.rnd.IntN(2)) }

// update writes some rows, reading others on the way, and fails sometimes.
func (m *model) update() {
	p, route := m.part(), m.route()
	seed, fails := m.rnd.Uint64(), m.rnd.IntN(5) == 0
	mine := errors.New("mine")
	var next *modelPart
	err := m.s.Update(background(), p.name, route, func(tx meta.Tx) error {
		rnd := rand.New(rand.NewPCG(seed, 2)) // the function may run again, and must do the same
		next = p.clone()
		for range 1 + rnd.IntN(8) {
			if err := m.change(rnd, tx, next, route); err != nil {
				return err
			}
		}
		if fails {
			return mine
		}
		return nil
	})
	switch {
	case p.closed:
		if errs.CodeOf(err) != meta.Fenced {
			m.t.Errorf("Update of closed %s: %v", p.name, err)
		}
	case fails:
		if err != mine {
			m.t.Errorf("Update: %v, want its own error", err)
		}
	case err != nil:
		m.t.Errorf("Update: %v", err)
	default:
		*p = *next
	}
}

func (m *model) change(rnd *rand.Rand, tx meta.Tx, p *modelPart, route meta.Route) error {
	k := meta.Key{Kind: []meta.Kind{1, 2, 255}[rnd.IntN(3)], Route: route, Tail: strange[rnd.IntN(len(strange))]}
	switch rnd.IntN(6) {
	case 0, 1:
		value := fmt.Sprint(rnd.Uint64())
		p.rows[k] = value
		return tx.Put(k, []byte(value))
	case 2:
		delete(p.rows, k)
		return tx.Delete(k)
	case 3:
		got, err := tx.Get(k)
		if want, there := p.rows[k]; there && (err != nil || string(got) != want) || !there && !errors.Is(err, errs.NotFound) {
			m.t.Errorf("Get(%v) in an update = %q, %v, want %q", k, got, err, want)
		}
	case 4:
		c, delta := meta.Counter(1+rnd.IntN(3)), int64(rnd.IntN(9)-4)
		p.counters[c] += delta
		tx.Add(c, delta)
	case 5:
		q, row := meta.Queue(1+rnd.IntN(2)), fmt.Sprint(rnd.Uint64())
		p.queues[q] = append(p.queues[q], row)
		tx.Append(q, []byte(row))
	}
	return nil
}

func (p *modelPart) clone() *modelPart {
	c := *p
	c.rows, c.counters, c.queues = map[meta.Key]string{}, map[meta.Counter]int64{}, map[meta.Queue][]string{}
	for k, v := range p.rows {
		c.rows[k] = v
	}
	for k, v := range p.counters {
		c.counters[k] = v
	}
	for k, v := range p.queues {
		c.queues[k] = slices.Clone(v)
	}
	return &c
}

func (m *model) view(p *modelPart, fn func(r meta.Reader) error) {
	if err := m.s.View(background(), p.name, fn); err != nil {
		m.t.Errorf("View: %v", err)
	}
}

func (m *model) get() {
	p := m.part()
	k := meta.Key{Kind: m.kind(), Route: m.route(), Tail: m.word()}
	m.view(p, func(r meta.Reader) error {
		got, err := r.Get(k)
		if want, there := p.rows[k]; there && (err != nil || string(got) != want) || !there && !errors.Is(err, errs.NotFound) {
			m.t.Errorf("Get(%v) = %q, %v, want %q", k, got, err, want)
		}
		return nil
	})
}

// scan compares a random range, read with random budgets and seeks, with the sorted rows of the map.
func (m *model) scan() {
	p, kind := m.part(), m.kind()
	from, to := m.place(), m.place()
	var sorted []row
	for k, v := range p.rows {
		if k.Kind == kind {
			sorted = append(sorted, row{string(k.Route), k.Tail, v})
		}
	}
	slices.SortFunc(sorted, func(a, b row) int {
		return bytes.Compare(fmt.Appendf(nil, "%x %x", a.route, a.tail), fmt.Appendf(nil, "%x %x", b.route, b.tail))
	})
	want := slices.DeleteFunc(sorted, func(r row) bool { return !from.reached(r) || to.reached(r) })
	var got []row
	position, budget := from.position, 1+m.rnd.IntN(20)
	for {
		var next []byte
		m.view(p, func(r meta.Reader) (err error) {
			next, err = r.Scan(kind, position, to.position, meta.Budget{Rows: budget}, func(route, tail, value []byte) ([]byte, error) {
				got = append(got, row{string(route), string(tail), string(value)})
				if m.rnd.IntN(3) > 0 {
					return nil, nil
				}
				seek := m.place()
				want = seekIn(want, len(got), seek)
				return seek.position, nil
			})
			return err
		})
		if next == nil || m.t.Failed() {
			break
		}
		position = next
	}
	wantRows(m.t, "random scan of "+string(p.name), got, want)
}

// seekIn removes from want the rows from index i on that a seek leaps over.
func seekIn(want []row, i int, to place) []row {
	if i > len(want) {
		return want
	}
	j := i
	for j < len(want) && !to.reached(want[j]) {
		j++
	}
	return slices.Delete(want, i, j)
}

// place is a position together with what it means.
type place struct {
	position []byte
	reached  func(r row) bool // the row lies at the place or behind it
}

func (m *model) place() place {
	route, tail := m.word(), m.word()
	r := meta.Route(route)
	switch m.rnd.IntN(4) {
	case 0:
		return place{meta.At(r, tail), func(x row) bool { return x.route > route || x.route == route && x.tail >= tail }}
	case 1:
		return place{meta.After(r, tail), func(x row) bool { return x.route > route || x.route == route && x.tail > tail }}
	case 2:
		return place{meta.AfterRoute(r), func(x row) bool { return x.route > route }}
	}
	return place{meta.AfterPrefix(r), func(x row) bool { return x.route > route && !bytes.HasPrefix([]byte(x.route), []byte(route)) }}
}

func (m *model) count() {
	p, c := m.part(), meta.Counter(1+m.rnd.IntN(3))
	m.view(p, func(r meta.Reader) error {
		if got, err := r.Count(c); err != nil || got != p.counters[c] {
			m.t.Errorf("Count(%d) = %d, %v, want %d", c, got, err, p.counters[c])
		}
		return nil
	})
}

func (m *model) queue() {
	p, q := m.part(), m.queueNo()
	var rows []string
	m.view(p, func(r meta.Reader) error {
		return r.Queue(q, 0, 1<<20, func(_ uint64, row []byte) error {
			rows = append(rows, string(row))
			return nil
		})
	})
	if want := p.queues[q][p.trimmed[q]:]; !slices.Equal(rows, want) {
		m.t.Errorf("queue %d of %s holds %q, want %q", q, p.name, rows, want)
	}
}

// trim removes some of a queue's oldest rows.
func (m *model) trim() {
	p, q := m.part(), m.queueNo()
	keep := m.rnd.IntN(4)
	left := p.queues[q][p.trimmed[q]:]
	if len(left) <= keep {
		return
	}
	var upTo uint64
	n := len(left) - keep
	m.view(p, func(r meta.Reader) error {
		return r.Queue(q, 0, n, func(number uint64, _ []byte) error { upTo = number; return nil })
	})
	if err := m.s.Trim(background(), p.name, q, upTo); err != nil {
		m.t.Errorf("Trim: %v", err)
	}
	p.trimmed[q] += n
}

func (m *model) fence() {
	p, closed := m.part(), m.rnd.IntN(2) == 0
	err := m.s.Fence(background(), p.name, closed)
	if p.dropped && !closed {
		wantKind(m.t, "opening a dropped partition", err, errs.Conflict)
		return
	}
	if must(m.t, err); err == nil {
		p.closed = closed
	}
}

func (m *model) drop() {
	p := m.part()
	err := m.s.Drop(background(), p.name)
	if !p.closed {
		wantKind(m.t, "Drop of an open partition", err, errs.Conflict)
		return
	}
	must(m.t, err)
	fresh := modelPart{name: p.name, rows: map[meta.Key]string{}, counters: map[meta.Counter]int64{}, queues: map[meta.Queue][]string{},
		trimmed: map[meta.Queue]int{}, closed: true, dropped: true}
	*p = fresh
	if m.named < 12 {
		for range 3 { // the partitions in use move on, those left behind are still listed
			next := &modelPart{name: name(m.named), rows: map[meta.Key]string{}, counters: map[meta.Counter]int64{},
				queues: map[meta.Queue][]string{}, trimmed: map[meta.Queue]int{}}
			m.parts[next.name] = next
			m.named++
		}
	}
}

// partitions compares only those that hold rows: whether empty counters and queues count is the engine's affair.
func (m *model) partitions() {
	list, _, err := m.s.Partitions(background(), "p/", "", 1000)
	if must(m.t, err); !slices.IsSorted(list) {
		m.t.Errorf("partitions %q are not in order", list)
	}
	for _, p := range m.parts {
		if there := slices.Contains(list, p.name); len(p.rows) > 0 && !there || p.dropped && there {
			m.t.Errorf("partition %s with %d rows, dropped: %v, is listed: %v", p.name, len(p.rows), p.dropped, there)
		}
	}
}

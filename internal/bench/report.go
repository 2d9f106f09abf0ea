package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is what a run measured.
type Report struct {
	Started         time.Time `json:"started"`
	CPUs            int       `json:"cpus"`
	Platform        string    `json:"platform"`
	Connections     int       `json:"connections"`
	Threads         int       `json:"threads"`
	DurationSeconds float64   `json:"durationSeconds"` // of each row
	TurnSeconds     float64   `json:"turnSeconds"`
	Objects         int       `json:"objects"`
	Seed            uint64    `json:"seed"`
	Rows            []Row     `json:"rows"`
	Left            []string  `json:"left,omitempty"` // what could not be removed
}

// Row is one operation at one endpoint. Rows of one operation stand together and were measured in turns.
type Row struct {
	Endpoint     string         `json:"endpoint"`
	Op           Op             `json:"op"`
	Size         int64          `json:"size"`
	Payload      Payload        `json:"payload,omitempty"` // of put and mixed
	Requests     int64          `json:"requests"`          // answered as they should be
	Errors       int64          `json:"errors"`
	FirstError   string         `json:"firstError,omitempty"`
	Seconds      float64        `json:"seconds"` // of its turns
	PerSecond    float64        `json:"perSecond"`
	MiBPerSecond float64        `json:"mibPerSecond"` // of object content
	Latency                     // in milliseconds
	Client       float64        `json:"clientCPU"` // processors that this program used in its turns
	Server       *ServerUse     `json:"server,omitempty"`
	By           map[string]Sub `json:"by,omitempty"` // of mixed, by verb
}

// Latency is how long answers took, in milliseconds, from the first byte sent to the last received.
type Latency struct {
	P50 float64 `json:"p50ms"`
	P90 float64 `json:"p90ms"`
	P99 float64 `json:"p99ms"`
	Max float64 `json:"maxms"`
}

// Sub is the share of one verb.
type Sub struct {
	Requests  int64   `json:"requests"`
	PerSecond float64 `json:"perSecond"`
	Latency
}

// ServerUse is what the server's processes used in the row, also between its turns.
type ServerUse struct {
	MicrosecondsPerRequest float64 `json:"cpuMicrosPerRequest"`
	CPUSeconds             float64 `json:"cpuSeconds"`
	ResidentMiB            float64 `json:"residentMiB"` // at the end
}

// Failed reports whether any request failed.
func (r *Report) Failed() bool {
	for _, row := range r.Rows {
		if row.Errors > 0 {
			return true
		}
	}
	return false
}

// JSON writes the report, indented.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Table writes the report for people. Where several endpoints were measured, "ratio" is the rate against the first one's.
func (r *Report) Table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	served := false
	for _, row := range r.Rows {
		served = served || row.Server != nil
	}
	head := "operation\tendpoint\tper s\tratio\tMiB/s\tp50 ms\tp90 ms\tp99 ms\tmax ms\terrors\tclient CPU\t"
	if served {
		head += "server µs\tRSS MiB\t"
	}
	fmt.Fprintln(t, head)
	var first *Row
	for i := range r.Rows {
		row := &r.Rows[i]
		name := rowName(row.Op, row.Size, row.Payload)
		ratio := ""
		if i == 0 || name != rowName(first.Op, first.Size, first.Payload) || row.Endpoint == first.Endpoint {
			first = row
		} else if first.PerSecond > 0 {
			ratio = fmt.Sprintf("%.2f", row.PerSecond/first.PerSecond)
		}
		fmt.Fprintf(t, "%s\t%s\t%.0f\t%s\t%.1f\t%.2f\t%.2f\t%.2f\t%.2f\t%d\t%.2f\t", name, row.Endpoint, row.PerSecond, ratio, row.MiBPerSecond,
			row.P50, row.P90, row.P99, row.Max, row.Errors, row.Client)
		if row.Server != nil {
			fmt.Fprintf(t, "%.0f\t%.0f\t", row.Server.MicrosecondsPerRequest, row.Server.ResidentMiB)
		} else if served {
			fmt.Fprint(t, "\t\t") // a shorter row would begin columns of its own
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return r.notes(w)
}

// notes writes what a reader must know besides the numbers.
func (r *Report) notes(w io.Writer) (err error) {
	note := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(w, format+"\n", args...)
		}
	}
	note("%d connections, %d processors, turns of %g s. client CPU is what this program itself used: near %d it is the limit, then use more threads.",
		r.Connections, r.CPUs, r.TurnSeconds, r.Threads)
	for _, row := range r.Rows {
		if row.FirstError != "" {
			note("%s at %s: first error: %s", rowName(row.Op, row.Size, row.Payload), row.Endpoint, strings.TrimSpace(row.FirstError))
		}
	}
	for _, l := range r.Left {
		note("%s", l)
	}
	return err
}

func newRow(t *target, op Op, size int64, kind Payload, m *measured) Row {
	row := Row{Endpoint: t.Name, Op: op, Size: size, Errors: m.errors, FirstError: m.first, Seconds: m.busy.Round(time.Microsecond).Seconds()}
	if op == Put || op == Mixed {
		row.Payload = kind
	}
	var all histogram
	for v := range m.latency {
		h := &m.latency[v]
		all.merge(h)
		if op == Mixed && h.n > 0 {
			if row.By == nil {
				row.By = map[string]Sub{}
			}
			row.By[verb(v).String()] = Sub{h.n, rate(float64(h.n), m.busy), latencyOf(h)}
		}
	}
	row.Requests, row.PerSecond, row.MiBPerSecond = all.n, rate(float64(all.n), m.busy), rate(float64(m.bytes)/(1<<20), m.busy)
	row.Latency, row.Client = latencyOf(&all), rate(m.own, m.busy)
	if len(t.PIDs) > 0 {
		row.Server = &ServerUse{CPUSeconds: round(m.cpu), ResidentMiB: round(residentOf(t.PIDs))}
		if all.n > 0 {
			row.Server.MicrosecondsPerRequest = round(m.cpu * 1e6 / float64(all.n))
		}
	}
	return row
}

func rate(n float64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return round(n / d.Seconds())
}

func round(f float64) float64 { return math.Round(f*1000) / 1000 }

func latencyOf(h *histogram) Latency {
	ms := func(d time.Duration) float64 { return round(float64(d) / float64(time.Millisecond)) }
	return Latency{ms(h.quantile(0.5)), ms(h.quantile(0.9)), ms(h.quantile(0.99)), ms(h.max)}
}

func rowName(op Op, size int64, kind Payload) string {
	switch op {
	case Put, Mixed:
		return string(op) + " " + FormatSize(size) + " " + string(kind)
	case Get:
		return string(op) + " " + FormatSize(size)
	}
	return string(op)
}

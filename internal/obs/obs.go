// Package obs is how Coffer is watched: structured logs and Prometheus metrics. It never sees secrets, and never decides anything.
package obs

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// NewLogger writes to w at the level ("debug", "info", "warn", "error") in the format ("text" or "json").
func NewLogger(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: use debug, info, warn or error", level)
	}
	o := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return nil, fmt.Errorf("log format %q: use text or json", format)
}

// Metrics is the process's registry and what the listeners count. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	bytes    *prometheus.CounterVec
}

// NewMetrics makes a registry with the process's and the runtime's own figures.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "coffer_requests_total",
			Help: "Requests answered, by listener, operation and status code."}, []string{"listener", "operation", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "coffer_request_seconds",
			Help:    "Time from the first byte of the head to the last byte of the answer, in seconds.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60}}, []string{"listener", "operation"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "coffer_request_bytes_total",
			Help: "Body bytes, by listener and direction (in, out)."}, []string{"listener", "direction"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "coffer_build_info", Help: "1, labelled with the version.",
		ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.seconds, m.bytes, build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Counter registers a count that something else keeps, and that is read when it is asked for. It never goes down.
func (m *Metrics) Counter(name, help string, read func() uint64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(read()) }))
}

// Observer counts the requests of one listener. It keeps the series of an operation and status at hand: no lookup by labels on
// the way of a request that was seen before.
type Observer struct {
	listener string
	m        *Metrics
	in, out  prometheus.Counter
	series   seriesCache
}

// Observer returns the counter of a listener.
func (m *Metrics) Observer(listener string) *Observer {
	return &Observer{listener: listener, m: m, in: m.bytes.WithLabelValues(listener, "in"), out: m.bytes.WithLabelValues(listener, "out")}
}

// Request counts one request. operation must come from a closed set.
func (o *Observer) Request(operation string, status int, in, out int64, took time.Duration) {
	s := o.series.get(seriesKey{operation, status}, func() series {
		return series{o.m.requests.WithLabelValues(o.listener, operation, strconv.Itoa(status)), o.m.seconds.WithLabelValues(o.listener, operation)}
	})
	s.count.Inc()
	s.seconds.Observe(took.Seconds())
	if in > 0 {
		o.in.Add(float64(in))
	}
	if out > 0 {
		o.out.Add(float64(out))
	}
}

// Handler serves the metrics in Prometheus's text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

package obs

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

type seriesKey struct {
	operation string
	status    int
}

type series struct {
	count   prometheus.Counter
	seconds prometheus.Observer
}

// seriesCache maps a key to its series; operations and statuses come from closed sets, so it stays small.
type seriesCache struct{ m sync.Map }

func (c *seriesCache) get(k seriesKey, make func() series) series {
	if s, ok := c.m.Load(k); ok {
		return s.(series)
	}
	s, _ := c.m.LoadOrStore(k, make())
	return s.(series)
}

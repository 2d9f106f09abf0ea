//go:build !linux

package bench

func newLane(t *target, connections int, seed uint64) (lane, error) {
	return newNetLane(t, connections, seed), nil
}

// ownCPU is not known here.
func ownCPU() (seconds float64) { return 0 }

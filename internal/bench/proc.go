package bench

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// ticks is how many clock ticks Linux shows as a second in /proc, on every platform that Go knows.
const ticks = 100

// cpuOf returns the processor seconds that processes of this machine have used. A process that is gone counts nothing.
func cpuOf(pids []int) (seconds float64) {
	for _, pid := range pids {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			continue
		}
		// The second field, a name in parentheses, may hold anything: the rest is counted from its end.
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(fields) < 13 {
			continue
		}
		for _, f := range fields[11:13] { // utime, stime
			n, _ := strconv.ParseFloat(f, 64)
			seconds += n / ticks
		}
	}
	return seconds
}

// residentOf returns the memory of processes of this machine in MiB.
func residentOf(pids []int) (mib float64) {
	for _, pid := range pids {
		text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				kib, _, _ := strings.Cut(strings.TrimSpace(value), " ")
				n, _ := strconv.ParseFloat(kib, 64)
				mib += n / 1024
			}
		}
	}
	return mib
}

//go:build unix

package main

import (
	"syscall"
	"time"
)

// ownUsage returns what this process has used.
func ownUsage() (usage, error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return usage{}, err
	}
	peak, err := peakOf("self")
	return usage{cpu: time.Duration(r.Utime.Nano() + r.Stime.Nano()), peak: peak}, err
}

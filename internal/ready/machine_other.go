//go:build !linux

package ready

import "time"

// machine is this one, of which nothing is known here.
type machine struct{}

// OpenFiles implements [System].
func (machine) OpenFiles() (uint64, bool) { return 0, false }

// Clock implements [System].
func (machine) Clock() (kept bool, off time.Duration, ok bool) { return false, 0, false }

// Uplink implements [System].
func (machine) Uplink() (name string, bitRate int64, ok bool) { return "", 0, false }

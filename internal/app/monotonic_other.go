//go:build !linux

package app

import "time"

// monotonic returns 0: there is no systemd here that would want to know.
func monotonic() time.Duration { return 0 }

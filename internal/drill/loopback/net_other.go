//go:build !linux

package loopback

// bindsSources says that only 127.0.0.1 and ::1 can be bound, so other sources travel in PROXY protocol headers.
const bindsSources = false

func lateBind(uintptr) {}

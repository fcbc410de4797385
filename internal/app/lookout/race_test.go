//go:build race

package lookout

// Under the race detector a handshake takes many times as long.
func init() { few = true }

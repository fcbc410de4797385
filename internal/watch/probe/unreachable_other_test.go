//go:build !linux

package probe

// unreachables is empty where no failure of this kind can be made on loopback.
var unreachables = []failing{
	{class: TCPUnreachable},
	{class: TCPTimeout},
}

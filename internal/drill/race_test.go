//go:build race

package drill

// partly makes tests play fewer acts: the race detector makes one ten times slower and finds nothing more in the next.
const partly = true

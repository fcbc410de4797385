//go:build race

package ddosia

// partly makes tests of much data read a part of it: the race detector makes unpacking ten times slower and finds nothing more in
// the rest.
const partly = true

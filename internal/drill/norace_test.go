//go:build !race

package drill

const partly = false

//go:build !race

package ddosia

const partly = false

//go:build !unix

package sqlite

const isUnix = false

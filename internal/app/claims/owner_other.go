//go:build !unix

package claims

// onlyOwners has nothing to ask where files have no modes of that kind.
func onlyOwners(string) error { return nil }

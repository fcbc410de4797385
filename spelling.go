package seawall

import "strings"

// Spellings returns the two hosts under which people write one site, without "www." and with it. host is in lower case and has no trailing dot.
func Spellings(host string) [2]string {
	bare := strings.TrimPrefix(host, "www.")
	return [2]string{bare, "www." + bare}
}

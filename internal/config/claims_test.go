package config

import (
	"fmt"
	"strings"
)

// speaking is testdata/good/claims.yaml.
func speaking(c *Config) {
	c.Claims = Claims{Maker: "The Example Authority", Contact: "cert@authority.example"}
}

// renderClaims writes out everything that x says.
func renderClaims(b *strings.Builder, x *Claims) {
	if *x == (Claims{}) {
		return
	}
	fmt.Fprintf(b, "claims: {maker: %q", x.Maker)
	optional(b, "contact", x.Contact)
	b.WriteString("}\n")
}

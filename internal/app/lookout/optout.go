package lookout

import (
	"strings"

	"github.com/seawall-project/seawall/internal/store"
)

// left is the hosts that have opted out.
type left map[string]bool

func leavers(outs []store.OptOut) left {
	all := make(left, len(outs))
	for _, o := range outs {
		all[o.Host] = true
	}
	return all
}

// whose returns the host by whose opt-out another must not be asked: itself, or one that it lies below; "" when there is none.
func (l left) whose(host string) string {
	for name := host; name != ""; {
		if l[name] {
			return name
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return ""
}

func hostsOf(outs []store.OptOut) []string {
	hosts := make([]string, len(outs))
	for i, o := range outs {
		hosts[i] = o.Host
	}
	return hosts
}

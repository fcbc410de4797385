package ready

import (
	"fmt"
	"time"
)

// System is the machine, as far as it tells. Each method reports false for what it does not tell.
type System interface {
	// OpenFiles is how many files a process may have open, as this one inherited it and may raise it to.
	OpenFiles() (limit uint64, ok bool)
	// Clock reports whether something keeps the clock right, and how far off it may be at most.
	Clock() (kept bool, off time.Duration, ok bool)
	// Uplink is the interface by which the rest of the world is reached, and its speed in bits a second.
	Uplink() (name string, bitRate int64, ok bool)
}

const (
	enoughFiles = 65536
	enoughRate  = 1_000_000_000 // bits a second
	tooFarOff   = time.Second
)

func (o *Options) files() Finding {
	n, ok := o.System.OpenFiles()
	room := ""
	if o.Conns > 0 {
		room = fmt.Sprintf(", with the memory there is that is room for %d connections", o.Conns)
	}
	switch {
	case !ok:
		return Finding{Unknown, "files", "the limit on open files cannot be read here", ""}
	case n < enoughFiles:
		return Finding{
			Act, "files", fmt.Sprintf("this shell allows %d open files%s", n, room),
			"raise it: LimitNOFILE=262144 in the service, which deploy/systemd/seawall.service has, or ulimit -n",
		}
	}
	return Finding{Good, "files", fmt.Sprintf("%d open files are allowed%s", n, room), ""}
}

func (o *Options) clock() Finding {
	kept, off, ok := o.System.Clock()
	const remedy = "run a time service, such as systemd-timesyncd or chrony: certificates and stored pages go by the clock"
	switch {
	case !ok:
		return Finding{Unknown, "clock", "whether it is right was not checked", "compare it with another machine's (date -u)"}
	case !kept:
		return Finding{Act, "clock", "nothing keeps it right, says the kernel", remedy}
	case off > tooFarOff:
		return Finding{Act, "clock", fmt.Sprintf("may be %v off, says the kernel", off.Round(time.Millisecond)), remedy}
	}
	return Finding{Good, "clock", fmt.Sprintf("is kept right, at most %v off, says the kernel", off.Round(time.Millisecond)), ""}
}

func (o *Options) uplink() Finding {
	name, rate, ok := o.System.Uplink()
	const remedy = "ask the provider what the line carries and whom to call when it is full: that cannot be held by software on this machine"
	if !ok {
		return Finding{Unknown, "uplink", "its speed is not told here, as is usual on virtual machines", remedy}
	}
	text := fmt.Sprintf("%s runs at %d Mbit/s; the line behind it may carry less", name, rate/1_000_000)
	if rate < enoughRate {
		return Finding{Act, "uplink", text, remedy}
	}
	return Finding{Good, "uplink", text, ""}
}

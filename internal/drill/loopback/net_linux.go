package loopback

import "syscall"

// bindsSources says that every address of 127.0.0.0/8 can be bound as a source.
const bindsSources = true

// ipBindAddressNoPort is IP_BIND_ADDRESS_NO_PORT of linux/in.h (Linux 4.2).
const ipBindAddressNoPort = 24

// lateBind leaves the choice of the source port to connect(2), so that one source can hold as many connections to different
// targets as it likes. A kernel that does not know the option chooses at bind(2); that is no reason to fail.
func lateBind(fd uintptr) {
	_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, ipBindAddressNoPort, 1)
}

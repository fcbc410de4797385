package wire

// maxSettings is how many settings of one frame are looked at; net/http refuses more.
const maxSettings = 100

// appendSettings appends a SETTINGS frame (RFC 9113, section 6.5) in which every setting stands once, with the value that was given
// last: values take effect in order, so the last is the one that stays. net/http ends connections that give a setting twice.
func appendSettings(dst, payload []byte, stream uint32) []byte {
	at := len(dst)
	dst = appendFrameHead(dst, 0, frameSettings, 0, stream)
	for i := 0; i < len(payload); i += settingBytes {
		if !givenAgain(payload[i:]) {
			dst = append(dst, payload[i:i+settingBytes]...)
		}
	}
	n := len(dst) - at - frameHeadBytes
	dst[at], dst[at+1], dst[at+2] = byte(n>>16), byte(n>>8), byte(n)
	return dst
}

// givenAgain reports whether the first setting of p comes again in it.
func givenAgain(p []byte) bool {
	for i := settingBytes; i < len(p); i += settingBytes {
		if p[i] == p[0] && p[i+1] == p[1] {
			return true
		}
	}
	return false
}

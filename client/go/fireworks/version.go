package fireworks

// Version is this module's version, which the user agent tells the service.
const Version = "0.1.0"

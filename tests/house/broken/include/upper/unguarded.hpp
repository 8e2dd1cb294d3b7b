// Has no guard.

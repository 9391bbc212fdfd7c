//! The program as a whole, started as users and cron start it.

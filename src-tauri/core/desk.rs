pub mod actions;
use crate::{error::Result, model::*, stages::Command, views::{Question}};
pub struct Call;
impl Call {
  pub fn command<C: Command>(&self, _: &C)->Result<C::Answer>{ todo!() }
  pub fn judge<T>(&self, _: impl Fn(&State,&Actor)->Judge<T>)->Result<T>{ todo!() }
  pub fn ask<Q: Question>(&self, _: &Q)->Result<Q::Answer>{ todo!() }
}

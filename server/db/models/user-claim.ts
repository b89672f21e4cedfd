import type { CreationOptional, InferAttributes, InferCreationAttributes } from 'sequelize'
import { BelongsTo, Column, DataType, ForeignKey, Model, Table } from 'sequelize-typescript'
import { Coupon } from './coupon.ts'
import { User } from './user.ts'

@Table({ tableName: 'user_claims', underscored: true, createdAt: 'created_at', updatedAt: 'updated_at' })
export class UserClaim extends Model<InferAttributes<UserClaim>, InferCreationAttributes<UserClaim>> {
  @Column({ type: DataType.BIGINT, primaryKey: true, autoIncrement: true })
  declare id: CreationOptional<string>

  @ForeignKey(() => User)
  @Column({ type: DataType.BIGINT, allowNull: false })
  declare user_id: string

  @ForeignKey(() => Coupon)
  @Column({ type: DataType.BIGINT, allowNull: false })
  declare coupon_id: string

  @Column({ type: DataType.UUID, allowNull: false })
  declare claim_key: string

  @BelongsTo(() => User, 'user_id')
  declare user?: CreationOptional<User>
}
